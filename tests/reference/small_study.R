# Reference values for the tests of small-study effects, trim and fill, the LFK index and cumulative
# meta-analysis, written by R's metafor.
#
#   cd tests/reference && Rscript small_study.R
#
# Data: the effects and variances in pooling.json, the 2 x 2 tables in stratified.json (run those
# scripts first). Iterative tau2 by a tight control, as in pooling.R. meta and metasens were not at hand:
# Harbord's and Peters' tests are metafor's regtest on effects and variances that this script
# makes from the tables; the LFK index is computed here from its formula, study by study.

suppressMessages({library(metafor); library(metadat)})
source("json17.R")
read <- function(path) jsonlite::fromJSON(path, simplifyVector = TRUE)
sets <- lapply(read("pooling.json")$datasets, function(d) list(yi = as.numeric(d$yi), vi = as.numeric(d$vi)))
tables <- lapply(read("stratified.json")$binary, function(d)
  as.data.frame(lapply(d, as.numeric)))   # products of integer counts overflow in R

control_for <- function(y, v, threshold = 1e-12)
  list(threshold = threshold * min(v), maxiter = 10000, tol = 1e-300,
       tau2.max = 1e4 * (diff(range(y))^2 + max(v)))
quietly <- function(expression) suppressWarnings(try(expression, silent = TRUE))
# the tightest threshold at which the iterations settle
settle <- function(run) {
  for (threshold in c(1e-13, 1e-12, 1e-11, 1e-10)) {
    out <- quietly(run(threshold))
    if (!inherits(out, "try-error")) return(out)
  }
  NULL
}
number <- function(x) if (is.null(x)) NA else as.numeric(x)

# ---------------------------------------------------------------- regression and rank tests
line_row <- function(r, fit) list(
  slope = number(fit$slope), slope_se = number(fit$slope_se), statistic = number(r$zval), df = number(r$dfs),
  p = number(r$pval), limit = number(r$est), ci_lb = number(r$ci.lb), ci_ub = number(r$ci.ub),
  extra = number(fit$extra))
lm_row <- function(r) {
  s <- summary(r$fit)
  line_row(r, list(slope = s$coefficients[2, 1], slope_se = s$coefficients[2, 2], extra = s$sigma^2))
}
rma_row <- function(r)
  line_row(r, list(slope = r$fit$beta[2], slope_se = r$fit$se[2], extra = r$fit$tau2))
lm_test <- function(y, v, n = NULL, predictor = "sei")
  # metafor looks its arguments up by name, so they are handed over as values
  quietly(do.call(regtest, c(list(x = y, vi = v, model = "lm", predictor = predictor, ret.fit = TRUE),
                              if (!is.null(n)) list(ni = n))))

egger <- list(); begg <- list()
for (name in names(sets)) {
  y <- sets[[name]]$yi; v <- sets[[name]]$vi
  if (length(y) < 3 || length(unique(v)) == 1) next
  for (predictor in c("sei", "vi"))
    egger[[length(egger) + 1]] <- c(list(dataset = name, model = "lm", predictor = predictor),
                                    lm_row(lm_test(y, v, predictor = predictor)))
  for (method in c("EE", "DL", "PM", "REML")) for (test in c("z", "t", "knha")) {
    if (method == "EE" && test == "knha") next
    # the control of the fit is handed on to the regression
    r <- settle(function(t) regtest(do.call(rma, list(
      yi = y, vi = v, method = method, test = test, control = control_for(y, v, t))), ret.fit = TRUE))
    if (is.null(r)) { cat("no fit:", name, method, test, "\n"); next }
    egger[[length(egger) + 1]] <- c(list(dataset = name, model = method, test = test, predictor = "sei"),
                                    rma_row(r))
  }
  r <- quietly(do.call(ranktest, list(x = y, vi = v)))
  begg[[length(begg) + 1]] <- list(dataset = name, tau = as.numeric(r$tau), p = r$pval)
}

# ---------------------------------------------------------------- tests that need counts
counted <- list()
for (name in names(tables)) {
  d <- na.omit(tables[[name]])
  m <- d$ai + d$ci; n <- d$n1i + d$n2i
  d <- d[m > 0 & m < n, ]
  if (nrow(d) < 3) next
  m <- d$ai + d$ci; n <- d$n1i + d$n2i
  score <- d$ai - d$n1i * m / n
  v <- d$n1i * d$n2i * m * (n - m) / (n^2 * (n - 1))
  or <- suppressWarnings(escalc(measure = "OR", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = d))
  add <- function(test, r) if (!inherits(r, "try-error") && !is.na(r$fit$coefficients[2]))
    counted[[length(counted) + 1]] <<- c(list(dataset = name, test = test, k = nrow(d)), lm_row(r))
  add("harbord", lm_test(score / v, 1 / v))
  add("peters", lm_test(or$yi, 1 / m + 1 / (n - m), n, "ninv"))
  add("egger 1/n", lm_test(or$yi, or$vi, n, "ninv"))
  add("egger sqrt(1/n)", lm_test(or$yi, or$vi, n, "sqrtninv"))
}

# ---------------------------------------------------------------- trim and fill
# metafor takes studies of one effect in the order of the rows, k2meta by precision: rows come by precision
filled <- list(); sides <- list()
for (name in names(sets)) {
  y <- sets[[name]]$yi; v <- sets[[name]]$vi
  y <- y[order(v)]; v <- sort(v)
  if (length(y) < 3) next
  for (method in c("EE", "DL", "REML")) {
    fit <- settle(function(t)
      do.call(rma, list(yi = y, vi = v, method = method, control = control_for(y, v, t))))
    if (is.null(fit)) { cat("no fit:", name, method, "\n"); next }
    fill <- function(estimator, side = NULL) settle(function(t) {
      control <- control_for(y, v, t)
      if (is.null(side)) trimfill(fit, estimator = estimator, control = control)
      else trimfill(fit, estimator = estimator, side = side, control = control)
    })
    r <- fill("L0")
    sides[[length(sides) + 1]] <- list(dataset = name, method = method, side = if (is.null(r)) NA else r$side)
    for (estimator in c("L0", "R0", "Q0")) for (side in c("left", "right")) {
      r <- fill(estimator, side)
      if (is.null(r)) { cat("no trim and fill:", name, method, estimator, side, "\n"); next }
      filled[[length(filled) + 1]] <- list(
        dataset = name, method = method, estimator = estimator, side = side, k0 = r$k0, se_k0 = r$se.k0,
        p = number(r$p.k0), b = as.numeric(r$beta), se = r$se, tau2 = r$tau2, q = r$QE,
        filled = I(sort(as.numeric(r$yi[r$fill]))))
    }
  }
}

# ---------------------------------------------------------------- the LFK index, from its formula
lfk <- lapply(names(sets), function(name) {
  y <- sets[[name]]$yi; v <- sets[[name]]$vi; k <- length(y)
  if (k < 3) return(NULL)
  size <- 100 * max(v) / v
  z <- vapply(seq_len(k), function(i) {
    before <- y < y[i] | (y == y[i] & v > v[i]) | (y == y[i] & v == v[i] & seq_len(k) < i)
    qnorm((sum(size[before]) + size[i] / 2 - 0.5) / sum(size))
  }, 0)
  tip <- which(abs(z) == min(abs(z)))[1]
  slope <- (max(z) - min(z)) / (max(y) - min(y))
  list(dataset = name, index = 5 / 2 * mean(z + slope * (y - y[tip])), z = I(z))
})
lfk <- lfk[!vapply(lfk, is.null, TRUE)]

# ---------------------------------------------------------------- cumulative meta-analysis
arrays <- function(x) {
  take <- function(...) {
    known <- Filter(function(name) !is.null(x[[name]]), c(...))
    I(if (length(known)) as.numeric(x[[known[1]]]) else rep(0, length(x$se)))
  }
  list(b = take("estimate"), se = take("se"), statistic = take("zval", "tval"), p = take("pvals", "pval"),
       ci_lb = take("ci.lb"), ci_ub = take("ci.ub"), q = take("Q", "QE"), tau2 = take("tau2"), i2 = take("I2"))
}
chosen <- c("bcg_rr", "bcg_or", "normand1999_smd", "hine1989_rd", "yusuf1985_peto", "li2007_or", "lau1992_rr",
            "graves2010_rr", "linde2005_rr", "hackshaw1998_or", "raudenbush1985_smd", "mcdaniel1994_zcor",
            "bangertdrowns2004_smd", "pritz1997_pft", "homogeneous", "unequal_variances")
steps <- list()
for (name in chosen) {
  y <- sets[[name]]$yi; v <- sets[[name]]$vi
  for (method in c("EE", "DL", "REML")) for (test in c("z", "knha")) {
    if (method == "EE" && test == "knha") next
    r <- settle(function(t) {
      fit <- do.call(rma, list(yi = y, vi = v, method = method, test = test, control = control_for(y, v, t)))
      x <- do.call(cumul, list(fit, order = v))
      stopifnot(!anyNA(x$estimate))
      x
    })
    if (is.null(r)) { cat("no steps:", name, method, test, "\n"); next }
    steps[[length(steps) + 1]] <- c(list(dataset = name, method = method, test = test), arrays(r))
  }
}
for (name in c("bcg", "hine1989", "egger2001", "lau1992", "hahn2001", "yusuf1985_6")) {
  d <- tables[[name]]
  if (any(d$ai + d$ci == 0 | d$ai + d$ci == d$n1i + d$n2i)) { cat("has idle tables:", name, "\n"); next }
  n <- d$n1i + d$n2i
  for (measure in c("RR", "OR", "RD", "PETO")) {
    fit <- if (measure == "PETO") rma.peto(ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = d)
           else rma.mh(ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = d, measure = measure)
    r <- suppressWarnings(do.call(cumul, list(fit, order = n)))
    steps[[length(steps) + 1]] <- c(list(dataset = name, method = if (measure == "PETO") "PETO" else "MH",
                                         test = measure), arrays(r))
  }
}

write_json17(list(software = software(), egger = egger, begg = begg, counted = counted, sides = sides,
                  trim_fill = filled, lfk = lfk, cumulative = steps), "small_study.json")
