# Write R lists as JSON with 17 significant digits (jsonlite stops at 15).
# NA and NaN become null; infinities become the strings "Inf" and "-Inf".

json_number <- function(x) {
  out <- sprintf("%.17g", x)
  short <- sprintf("%.15g", x)
  same <- is.finite(x) & suppressWarnings(as.numeric(short)) == x
  out[same] <- short[same]
  out[is.na(x)] <- "null"
  out[is.infinite(x)] <- ifelse(x[is.infinite(x)] > 0, "\"Inf\"", "\"-Inf\"")
  out
}

json17 <- function(x, indent = 0L) {
  pad <- strrep(" ", indent + 1L)
  if (is.null(x)) return("null")
  if (is.list(x)) {
    items <- vapply(x, json17, "", indent = indent + 1L)
    if (!is.null(names(x))) items <- paste0(encodeString(names(x), quote = "\""), ": ", items)
    open <- if (is.null(names(x))) c("[", "]") else c("{", "}")
    flat <- paste(items, collapse = ", ")
    if (nchar(flat) < 100L) return(paste0(open[1], flat, open[2]))
    return(paste0(open[1], "\n", paste0(pad, items, collapse = ",\n"), "\n", strrep(" ", indent), open[2]))
  }
  names_x <- names(x)
  items <- if (is.character(x)) encodeString(x, quote = "\"")
           else if (is.logical(x)) ifelse(is.na(x), "null", ifelse(x, "true", "false"))
           else json_number(as.numeric(x))
  if (!is.null(names_x)) {
    return(paste0("{", paste0("\"", names_x, "\": ", items, collapse = ", "), "}"))
  }
  if (length(items) == 1L && !inherits(x, "AsIs")) return(items)
  paste0("[", paste(items, collapse = ", "), "]")
}

write_json17 <- function(x, path) writeLines(enc2utf8(json17(x)), path, useBytes = TRUE)

software <- function() {
  list(R = as.character(getRversion()),
       metafor = as.character(packageVersion("metafor")),
       metadat = as.character(packageVersion("metadat")))
}
