# Reference values for k2meta.influence, gosh, profile_curve and the normal Q-Q plot, by R's metafor.
#
#   cd tests/reference && Rscript influence.R
#
# The effects are those of pooling.json (run pooling.R first). Iterations get a tight control, as there: the
# tightest threshold at which every deleted fit still settles.

suppressMessages({library(metafor); library(metadat)})
source("json17.R")
invisible(pdf(NULL))

sets <- jsonlite::fromJSON("pooling.json", simplifyVector = FALSE)$datasets
numbers <- function(x) as.numeric(unlist(x))
data_of <- function(name) list(y = numbers(sets[[name]]$yi), v = numbers(sets[[name]]$vi))

names_used <- c("bcg_rr", "bcg_or", "bcg_rd", "normand1999_smd", "normand1999_md", "hine1989_or", "li2007_or",
                "yusuf1985_or", "graves2010_rr", "nielweise2007_or", "nielweise2008_irr", "hart1999_irr",
                "molloy2014_zcor", "debruin2009_plo", "pritz1997_pft", "raudenbush1985_smd", "curtis1998_rom",
                "two_studies", "three_studies", "homogeneous", "extreme_heterogeneity", "tiny_scale", "huge_scale")
stopifnot(names_used %in% names(sets))
closed <- c("EE", "DL", "HE", "HS", "HSk", "SJ", "GENQS")
iterative <- c("ML", "REML", "EB", "PM", "PMM", "DLIT", "SJIT")
control_for <- function(y, v, threshold) list(threshold = threshold, maxiter = 10000, tol = 1e-300,
                                             tau2.max = 1e4 * (diff(range(y))^2 + max(v)))
run <- function(method, y, v, test, threshold = 1e-12 * min(v)) {
  control <- control_for(y, v, threshold)
  switch(method,
    EE = rma(y, v, method = "EE", test = test),
    GENQS = rma(y, v, method = "GENQ", weights = 1 / sqrt(v), test = test, control = control),
    rma(y, v, method = method, test = test, control = control))
}
as_list <- function(f) {
  x <- influence(f)
  s <- rstandard(f)
  list(rstudent = I(x$inf$rstudent), dffits = I(x$inf$dffits), cooks_distance = I(x$inf$cook.d),
       cov_ratio = I(x$inf$cov.r), tau2_deleted = I(x$inf$tau2.del), q_deleted = I(x$inf$QE.del),
       hat = I(x$inf$hat), weight = I(unname(x$inf$weight)), dfbetas = I(x$dfbs[[1]]),
       rstandard = I(s$z), is_influential = I(unname(x$is.infl)))
}
diagnose <- function(method, y, v, test) {
  thresholds <- if (method %in% iterative) 10^(-13:-8) else 1e-12
  for (t in thresholds) {
    f <- try(suppressWarnings(run(method, y, v, test, t * min(v))), silent = TRUE)
    if (inherits(f, "try-error")) next
    x <- try(suppressWarnings(as_list(f)), silent = TRUE)
    if (inherits(x, "try-error")) next
    if (!anyNA(x$tau2_deleted)) return(c(list(tau2 = f$tau2, estimate = c(f$beta), threshold = t), x))
  }
  NULL
}

rows <- list()
failed <- list()
for (name in names_used) {
  d <- data_of(name)
  for (method in c(closed, iterative)) {
    tests <- if (method == "EE") c("z", "t") else if (method %in% c("DL", "REML", "PM")) c("z", "t", "knha", "adhoc")
             else if (method == "GENQS") c("z", "knha") else "z"
    for (test in tests) {
      x <- diagnose(method, d$y, d$v, test)
      if (is.null(x)) { failed[[length(failed) + 1]] <- list(dataset = name, method = method, test = test); next }
      if (test != "z") x <- x[c("rstudent", "dffits", "cooks_distance", "cov_ratio", "dfbetas", "rstandard",
                                "is_influential")]
      rows[[length(rows) + 1]] <- c(list(dataset = name, method = method, test = test), x)
    }
  }
}

# ---------------------------------------------------------------- fixed tau2
fixed <- lapply(c("bcg_rr", "two_studies"), function(name) {
  d <- data_of(name)
  c(list(dataset = name, tau2 = 0.1), as_list(rma(d$y, d$v, tau2 = 0.1, test = "knha")))
})

# ---------------------------------------------------------------- counts
counts <- list()
add_counts <- function(name, ai, n1i, ci, n2i) {
  for (m in c("RR", "OR", "RD", "PETO")) {
    f <- if (m == "PETO") rma.peto(ai = ai, n1i = n1i, ci = ci, n2i = n2i)
         else rma.mh(ai = ai, n1i = n1i, ci = ci, n2i = n2i, measure = m)
    counts[[length(counts) + 1]] <<- list(dataset = name, measure = m, events1 = I(ai), n1 = I(n1i), events2 = I(ci),
                                         n2 = I(n2i), rstudent = I(rstudent(f)$z), rstandard = I(rstandard(f)$z))
  }
}
b <- dat.bcg
add_counts("bcg", b$tpos, b$tpos + b$tneg, b$cpos, b$cpos + b$cneg)
h <- dat.hine1989
add_counts("hine1989", h$ai, h$n1i, h$ci, h$n2i)
u <- dat.yusuf1985[dat.yusuf1985$table == "6", ]
u <- u[complete.cases(u[c("ai", "n1i", "ci", "n2i")]), ]
add_counts("yusuf1985", u$ai, u$n1i, u$ci, u$n2i)

# ---------------------------------------------------------------- all subsets
gosh_rows <- list()
gosh_of <- function(name, size, methods) {
  d <- data_of(name)
  y <- d$y[seq_len(size)]; v <- d$v[seq_len(size)]
  for (method in methods) {
    for (t in c(1e-13, 1e-12, 1e-11, 1e-10)) {
      g <- suppressWarnings(try(gosh(run(method, y, v, "z", t * min(v)), progbar = FALSE), silent = TRUE))
      if (!inherits(g, "try-error") && !anyNA(g$res$estimate)) break
    }
    stopifnot(!inherits(g, "try-error"), nrow(g$res) == 2^size - 1)
    code <- as.vector(g$incl %*% 2^(seq_len(size) - 1))
    o <- order(code)
    gosh_rows[[length(gosh_rows) + 1]] <<- list(
      dataset = name, size = size, method = method, code = I(code[o]), estimate = I(g$res$estimate[o]),
      tau2 = I(g$res$tau2[o]), i2 = I(g$res$I2[o]), q = I(g$res$QE[o]), k = I(g$res$k[o]))
  }
}
gosh_of("bcg_rr", 9, c("EE", "DL", "REML"))
gosh_of("normand1999_smd", 8, c("EE", "DL", "REML", "PM"))
gosh_of("hine1989_or", 6, c("EE", "DL", "REML", "ML", "PM", "SJ", "HE", "EB"))
gosh_of("yusuf1985_or", 6, c("DL", "REML", "HS"))
gosh_of("three_studies", 3, c("EE", "DL", "REML", "ML", "PM", "SJ", "HE", "HS", "EB"))
mh <- gosh(rma.mh(ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg[1:7, ], measure = "RR"), progbar = FALSE)
pe <- gosh(rma.peto(ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg[1:7, ]), progbar = FALSE)
gosh_counts <- lapply(list(RR = mh, PETO = pe), function(g) {
  code <- as.vector(g$incl %*% 2^(0:6)); o <- order(code)
  list(code = I(code[o]), estimate = I(g$res$estimate[o]), i2 = I(g$res$I2[o]), q = I(g$res$QE[o]), k = I(g$res$k[o]))
})

# ---------------------------------------------------------------- likelihood curves and Q-Q
curves <- list()
for (name in c("bcg_rr", "normand1999_smd", "homogeneous", "two_optima")) for (method in c("REML", "ML")) {
  d <- data_of(name)
  f <- run(method, d$y, d$v, "z")
  p <- profile(f, xlim = c(0, 3 * max(f$tau2, mean(d$v))), steps = 25, progbar = FALSE, plot = FALSE)
  ends <- suppressWarnings(confint(f, type = "PL", control = list(tol = 1e-14)))$random
  curves[[length(curves) + 1]] <- list(dataset = name, method = method, tau2 = I(p$tau2), log_likelihood = I(p$ll),
                                       maxll = p$maxll, fit_tau2 = f$tau2, low = ends["tau^2", "ci.lb"],
                                       high = ends["tau^2", "ci.ub"])
}
qq <- lapply(c("bcg_rr", "three_studies", "hart1999_irr"), function(name) {
  d <- data_of(name)
  q <- qqnorm(run("DL", d$y, d$v, "z"), type = "rstudent", envelope = FALSE)
  list(dataset = name, x = I(q$x), y = I(unname(q$y)))
})

write_json17(list(software = software(), closed_form = I(closed), iterative = I(iterative), datasets = I(names_used),
                  influence = rows, failed = failed, fixed_tau2 = fixed, counts = counts, gosh = gosh_rows,
                  gosh_counts = gosh_counts, curves = curves, qq = qq), "influence.json")
cat(length(rows), "influence fits,", length(failed), "failed,", length(gosh_rows), "gosh fits,",
    file.size("influence.json"), "bytes\n")
