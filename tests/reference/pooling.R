# Reference values for k2meta.meta_analysis, written by R's metafor.
#
#   cd tests/reference && Rscript pooling.R
#
# metafor stops its iterations at 1e-5 by default; here every fit runs with a tight control that
# scales with the data. Each iterative tau2 is also solved for in this script, from the published
# estimating equation (grid, bracketing, bisection to the last digit). Where metafor fails, stops
# short, or ends in a local optimum, the script's root is handed to metafor as its starting value and
# the row is marked `refined`, with the reason. README.md says which rows these are.

suppressMessages({library(metafor); library(metadat)})
source("json17.R")

# ---------------------------------------------------------------- the data sets
sets <- list()
add_set <- function(name, source, d) {
  ok <- is.finite(d$yi) & is.finite(d$vi)
  sets[[name]] <<- list(source = source, yi = as.numeric(d$yi)[ok], vi = as.numeric(d$vi)[ok])
}
fixed <- function(yi, vi) data.frame(yi = yi, vi = vi)
# escalc looks its columns up by name, so the call is passed on as it was written
esc <- function(...) {
  call <- match.call()
  call[[1]] <- quote(escalc)
  suppressWarnings(eval(call, parent.frame()))
}

for (m in c("RR", "OR", "RD", "AS"))
  add_set(paste0("bcg_", tolower(m)), "metadat dat.bcg",
          esc(measure = m, ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg))
for (m in c("SMD", "MD", "ROM"))
  add_set(paste0("normand1999_", tolower(m)), "metadat dat.normand1999",
          esc(measure = m, m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i,
              data = dat.normand1999))
binary <- function(name, measure, d, ...)
  add_set(paste0(name, "_", tolower(measure)), paste0("metadat dat.", name),
          esc(measure = measure, ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = d))
binary("hine1989", "RD", dat.hine1989)
binary("hine1989", "OR", dat.hine1989)
binary("yusuf1985", "PETO", dat.yusuf1985[dat.yusuf1985$table == "6", ])
binary("yusuf1985", "OR", dat.yusuf1985[dat.yusuf1985$table == "10", ])
binary("li2007", "OR", dat.li2007)
binary("li2007", "RR", dat.li2007)
binary("egger2001", "OR", dat.egger2001)
binary("lau1992", "RR", dat.lau1992)
binary("nielweise2007", "OR", dat.nielweise2007)
binary("graves2010", "RR", dat.graves2010)
binary("linde2005", "RR", dat.linde2005)
binary("hahn2001", "OR", dat.hahn2001)
binary("laopaiboon2015", "RR", dat.laopaiboon2015)
add_set("collins1985b_or", "metadat dat.collins1985b",
        esc(measure = "OR", ai = pre.xti, n1i = pre.nti, ci = pre.xci, n2i = pre.nci, data = dat.collins1985b))
add_set("dorn2007_rr", "metadat dat.dorn2007",
        esc(measure = "RR", ai = x.a, n1i = n.a, ci = x.p, n2i = n.p, data = dat.dorn2007))
add_set("axfors2021_or", "metadat dat.axfors2021",
        esc(measure = "OR", ai = hcq_arm_event, n1i = hcq_arm_total, ci = control_arm_event,
            n2i = control_arm_total, data = dat.axfors2021))
for (m in c("IRR", "IRD"))
  add_set(paste0("hart1999_", tolower(m)), "metadat dat.hart1999",
          esc(measure = m, x1i = x1i, t1i = t1i, x2i = x2i, t2i = t2i, data = dat.hart1999))
add_set("nielweise2008_irr", "metadat dat.nielweise2008",
        esc(measure = "IRR", x1i = x1i, t1i = t1i, x2i = x2i, t2i = t2i, data = dat.nielweise2008))
add_set("curtis1998_rom", "metadat dat.curtis1998",
        esc(measure = "ROM", m1i = m2i, sd1i = sd2i, n1i = n2i, m2i = m1i, sd2i = sd1i, n2i = n1i,
            data = dat.curtis1998))
add_set("gibson2002_smd", "metadat dat.gibson2002",
        esc(measure = "SMD", m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i,
            data = dat.gibson2002))
for (m in c("COR", "ZCOR"))
  add_set(paste0("molloy2014_", tolower(m)), "metadat dat.molloy2014",
          esc(measure = m, ri = ri, ni = ni, data = dat.molloy2014))
add_set("mcdaniel1994_zcor", "metadat dat.mcdaniel1994",
        esc(measure = "ZCOR", ri = ri, ni = ni, data = dat.mcdaniel1994))
add_set("debruin2009_plo", "metadat dat.debruin2009",
        esc(measure = "PLO", xi = xi, ni = ni, data = dat.debruin2009))
for (m in c("PR", "PFT"))
  add_set(paste0("pritz1997_", tolower(m)), "metadat dat.pritz1997",
          esc(measure = m, xi = xi, ni = ni, data = dat.pritz1997))
add_set("raudenbush1985_smd", "metadat dat.raudenbush1985", dat.raudenbush1985)
add_set("konstantopoulos2011_smd", "metadat dat.konstantopoulos2011", dat.konstantopoulos2011)
add_set("hackshaw1998_or", "metadat dat.hackshaw1998", dat.hackshaw1998)
add_set("bangertdrowns2004_smd", "metadat dat.bangertdrowns2004", dat.bangertdrowns2004)
add_set("begg1989_pr", "metadat dat.begg1989", dat.begg1989)

# data made once with the seeds below and rounded; the JSON holds the numbers that were used
set.seed(20211227)
add_set("two_studies", "made: k = 2, heterogeneous", fixed(c(0.10, 0.85), c(0.02, 0.05)))
add_set("two_studies_close", "made: k = 2, homogeneous", fixed(c(0.31, 0.33), c(0.04, 0.09)))
add_set("three_studies", "made: k = 3", fixed(c(-0.42, 0.13, 0.77), c(0.031, 0.048, 0.12)))
v <- round(exp(rnorm(15, -2, 1)), 4)
add_set("homogeneous", "made: k = 15, less spread than the variances allow",
        fixed(round(0.3 + 0.4 * sqrt(v) * rnorm(15), 4), v))
v <- round(exp(rnorm(20, -4, 0.5)), 5)
add_set("extreme_heterogeneity", "made: k = 20, tau2 a thousand times the variances",
        fixed(round(rnorm(20, 1, 5), 4), v))
v <- signif(10^runif(30, -6, 0), 4)
add_set("unequal_variances", "made: k = 30, variances over six orders of magnitude",
        fixed(round(rnorm(30, 0.2, sqrt(v + 0.01)), 5), v))
v <- round(exp(rnorm(80, -2.5, 0.7)), 4)
add_set("eighty_studies", "made: k = 80", fixed(round(rnorm(80, -0.2, sqrt(v + 0.05)), 4), v))
add_set("tiny_scale", "made: dat.bcg RR, y * 1e-8",
        fixed(sets$bcg_rr$yi * 1e-8, sets$bcg_rr$vi * 1e-16))
add_set("huge_scale", "made: dat.bcg RR, y * 1e8",
        fixed(sets$bcg_rr$yi * 1e8, sets$bcg_rr$vi * 1e16))
add_set("two_optima", "made: restricted likelihood with a maximum at 0 and another inside",
        fixed(c(0, 0.02, -0.02, 3, -3.2, 2.8), c(0.0004, 0.0005, 0.0004, 4, 3, 5)))

# ---------------------------------------------------------------- tau2 by the script's own means
pieces <- function(t, y, v, extra = 0) {
  w <- 1 / (v + t); b <- sum(w * y) / sum(w); r <- y - b
  list(w = w, b = b, q = sum(w * r^2), q2 = sum(w^2 * r^2))
}
score_fun <- function(method) switch(method,
  REML = function(t, y, v) { p <- pieces(t, y, v); p$q2 - sum(p$w) + sum(p$w^2) / sum(p$w) },
  ML = function(t, y, v) { p <- pieces(t, y, v); p$q2 - sum(p$w) },
  PMM = function(t, y, v) pieces(t, y, v)$q - qchisq(0.5, length(y) - 1),
  DLIT = function(t, y, v) { p <- pieces(t, y, v); k <- length(y)
    (p$q - (k - 1)) / (sum(p$w) - sum(p$w^2) / sum(p$w)) - t },
  function(t, y, v) pieces(t, y, v)$q - (length(y) - 1))   # PM = EB = SJIT
loglik <- function(method, t, y, v) {
  p <- pieces(t, y, v)
  -0.5 * (sum(log(v + t)) + p$q) - if (method == "REML") 0.5 * log(sum(p$w)) else 0
}
solve_tau2 <- function(method, y, v) {
  f <- score_fun(method)
  top <- 10 * (diff(range(y))^2 + max(v))
  grid <- c(0, exp(seq(log(min(v) * 1e-9), log(top), length.out = 1500)))
  s <- vapply(grid, f, 0, y = y, v = v)
  down <- which(s[-length(s)] > 0 & s[-1] <= 0)
  roots <- vapply(down, function(i) {
    lo <- grid[i]; hi <- grid[i + 1]
    for (n in 1:200) { m <- (lo + hi) / 2; if (m <= lo || m >= hi) break; if (f(m, y, v) > 0) lo <- m else hi <- m }
    (lo + hi) / 2
  }, 0)
  if (s[1] <= 0) roots <- c(0, roots)
  if (method %in% c("REML", "ML")) {
    values <- vapply(roots, function(t) loglik(method, t, y, v), 0)
    return(list(tau2 = roots[which.max(values)], optima = length(roots)))
  }
  list(tau2 = roots[1], optima = length(roots))
}

# ---------------------------------------------------------------- the fits
closed <- c("DL", "HE", "HS", "HSk", "SJ", "GENQ", "GENQS", "EE")
iterative <- c("DLIT", "SJIT", "ML", "REML", "EB", "PM", "PMM")
estimators <- c(closed, iterative)
tests <- c("z", "t", "knha", "adhoc")

control_for <- function(y, v, init = NULL, threshold = NULL) {
  out <- list(threshold = 1e-12 * min(v), maxiter = 10000, tol = 1e-300,
              tau2.max = 1e4 * (diff(range(y))^2 + max(v)))
  if (!is.null(init)) out$tau2.init <- init
  if (!is.null(threshold)) out$threshold <- threshold
  out
}
run <- function(method, y, v, test = "z", init = NULL, threshold = NULL) {
  control <- control_for(y, v, init, threshold)
  suppressWarnings(switch(method,
    EE = rma(y, v, method = "EE", test = test),
    GENQ = rma(y, v, method = "GENQ", weights = 1 / v, test = test, control = control),
    GENQS = rma(y, v, method = "GENQ", weights = 1 / sqrt(v), test = test, control = control),
    rma(y, v, method = method, test = test, control = control)))
}
test_row <- function(f) {
  p <- if (f$method == "EE") list(pi.lb = NA, pi.ub = NA) else predict(f)
  c(b = c(f$beta), se = f$se, zval = f$zval, ddf = if (is.na(f$ddf)) NA else f$ddf, pval = f$pval,
    ci_lb = f$ci.lb, ci_ub = f$ci.ub, pi_lb = p$pi.lb, pi_ub = p$pi.ub)
}
# Standard error of a moment estimator with weights 1/(v + tau2), and information criteria that count
# tau2 as a parameter. Checked below on a fit where metafor gives them itself.
with_estimated_tau2 <- function(f, y, v) {
  k <- length(y); t <- f$tau2; w <- 1 / (v + t); s <- sum(w)
  tr_p <- s - sum(w^2) / s
  tr_pp <- sum(w^2) - 2 * sum(w^3) / s + (sum(w^2) / s)^2
  f$se.tau2 <- sqrt(2 * (k - 1) + 4 * t * tr_p + 2 * t^2 * tr_pp) / tr_p
  for (col in c("ML", "REML")) {
    n <- if (col == "ML") k else k - 1
    ll <- f$fit.stats[[col]][1]
    f$fit.stats[[col]][3:5] <- -2 * ll + c(4, 2 * log(n), 4 * max(n, 4) / (max(n, 4) - 3))
  }
  f
}
local({
  y <- sets$bcg_rr$yi; v <- sets$bcg_rr$vi
  a <- run("DLIT", y, v); b <- with_estimated_tau2(rma(y, v, tau2 = a$tau2), y, v)
  cat("DLIT se(tau2), metafor and this script:", a$se.tau2, b$se.tau2, "\n")
  stopifnot(all.equal(a$fit.stats, b$fit.stats, tolerance = 1e-12))
})
fit_row <- function(name, method) {
  y <- sets[[name]]$yi; v <- sets[[name]]$vi
  reason <- ""; init <- NULL; threshold <- NULL; gap <- NA
  if (method %in% iterative) {
    own <- solve_tau2(method, y, v)
    # at tau2 = 0 distances are measured against the smallest sampling variance
    scale <- if (own$tau2 > 0) own$tau2 else 100 * min(v)
    # as tight as rounding allows: the tightest of these at which the iterations still settle
    for (threshold in c(1e-13, 1e-12, 1e-11, 1e-10) * max(own$tau2, 1e-2 * min(v))) {
      f <- try(run(method, y, v, threshold = threshold), silent = TRUE)
      if (!inherits(f, "try-error")) break
    }
    if (inherits(f, "try-error")) {
      reason <- "metafor did not converge"
    } else {
      gap <- abs(f$tau2 - own$tau2) / scale
      if (gap > 1e-10)
        reason <- if (gap > 1e-4) "metafor ended elsewhere" else "metafor stopped short of the root"
    }
    if (reason != "") {
      # the answer is the starting value: any first step is accepted
      init <- own$tau2; threshold <- Inf
      g <- try(run(method, y, v, init = init, threshold = threshold), silent = TRUE)
      if (inherits(g, "try-error") || abs(g$tau2 - own$tau2) / scale > 1e-9) init <- "fixed" else f <- g
    }
  } else f <- run(method, y, v)
  if (identical(init, "fixed")) {
    # metafor takes no starting value for DLIT, and its plain iteration may go back and forth for ever:
    # fix tau2 at the root, and add what metafor leaves out when tau2 is given
    stopifnot(method == "DLIT")
    fits <- lapply(tests, function(t) suppressWarnings(rma(y, v, tau2 = own$tau2, test = t)))
    f <- with_estimated_tau2(fits[[1]], y, v)
  } else {
    fits <- lapply(tests, function(t) run(method, y, v, t, init, threshold))
  }
  stats <- function(col) { s <- f$fit.stats[[col]]; c(ll = s[1], dev = s[2], aic = s[3], bic = s[4], aicc = s[5]) }
  out <- list(dataset = name, method = method, tau2 = f$tau2, se_tau2 = f$se.tau2, i2 = f$I2, h2 = f$H2,
              q = f$QE, qp = f$QEp, vt = f$vt, ml = stats("ML"), reml = stats("REML"),
              refined = reason != "", reason = reason, gap = gap,
              tests = setNames(lapply(fits, test_row), tests))
  if (length(y) <= 30) out$weights <- I(unname(weights(f)))
  out
}

rows <- list()
for (name in names(sets)) for (method in estimators) {
  row <- try(fit_row(name, method))
  if (inherits(row, "try-error")) { cat("FAILED", name, method, "\n"); next }
  if (row$refined) cat("refined", name, method, row$reason, row$gap, "\n")
  rows[[length(rows) + 1]] <- row
}

# ---------------------------------------------------------------- other things a fit is asked for
pick <- c("bcg_rr", "normand1999_smd", "raudenbush1985_smd", "konstantopoulos2011_smd", "hine1989_rd",
          "homogeneous", "extreme_heterogeneity", "unequal_variances", "three_studies", "two_studies")
tau2_reml <- function(name) Filter(function(r) r$dataset == name && r$method == "REML", rows)[[1]]$tau2
refit <- function(name, test) {
  y <- sets[[name]]$yi; v <- sets[[name]]$vi
  run("REML", y, v, test, init = tau2_reml(name), threshold = Inf)
}
blups <- list(); profiles <- list(); weighted <- list(); fixed_tau2 <- list(); levels <- list()
for (name in pick) {
  y <- sets[[name]]$yi; v <- sets[[name]]$vi
  for (test in c("z", "knha")) {
    b <- suppressWarnings(blup(refit(name, test)))
    blups[[length(blups) + 1]] <- list(dataset = name, test = test, pred = I(b$pred), se = I(b$se),
                                       pi_lb = I(b$pi.lb), pi_ub = I(b$pi.ub))
  }
  f <- refit(name, "z")
  ci <- try(confint(f, control = list(tau2.max = 1e8 * (diff(range(y))^2 + max(v)), tol = 1e-300, maxiter = 100000)),
            silent = TRUE)
  default <- suppressWarnings(confint(f))
  if (!inherits(ci, "try-error"))
    profiles[[length(profiles) + 1]] <- list(dataset = name,
      tau2 = I(unname(ci$random["tau^2", 2:3])), i2 = I(unname(ci$random["I^2(%)", 2:3])),
      h2 = I(unname(ci$random["H^2", 2:3])), default_tau2 = I(unname(default$random["tau^2", 2:3])))
  w <- signif(seq(1, 3, length.out = length(y)), 3)
  for (method in c("REML", "DL", "EE")) for (test in c("z", "knha")) {
    control <- if (method == "REML") control_for(y, v, tau2_reml(name), Inf) else control_for(y, v)
    g <- suppressWarnings(if (method == "EE") rma(y, v, weights = w, method = method, test = test)
                          else rma(y, v, weights = w, method = method, test = test, control = control))
    weighted[[length(weighted) + 1]] <- c(list(dataset = name, method = method, test = test, weights = I(w),
      tau2 = g$tau2, q = g$QE, ml = c(ll = g$fit.stats$ML[1])), as.list(test_row(g)))
  }
  for (test in tests) {
    t2 <- signif(median(v) * 0.7, 3)
    g <- suppressWarnings(rma(y, v, tau2 = t2, test = test))
    fixed_tau2[[length(fixed_tau2) + 1]] <- c(list(dataset = name, test = test, tau2 = t2, i2 = g$I2, h2 = g$H2,
      ml = setNames(g$fit.stats$ML, c("ll", "dev", "aic", "bic", "aicc")),
      reml = setNames(g$fit.stats$REML, c("ll", "dev", "aic", "bic", "aicc"))), as.list(test_row(g)))
  }
  for (level in c(80, 99)) {
    g <- suppressWarnings(rma(y, v, test = "knha", level = level, control = control_for(y, v, tau2_reml(name), Inf)))
    p <- predict(g)
    levels[[length(levels) + 1]] <- list(dataset = name, level = level / 100, ci_lb = g$ci.lb, ci_ub = g$ci.ub,
                                         pi_lb = p$pi.lb, pi_ub = p$pi.ub)
  }
}

write_json17(list(software = software(), estimators = I(estimators), closed_form = I(closed),
                  iterative = I(iterative), tests = I(tests),
                  datasets = lapply(sets, function(s) list(source = s$source, k = length(s$yi), yi = I(s$yi), vi = I(s$vi))),
                  fits = rows, blups = blups, q_profile = profiles, user_weights = weighted,
                  fixed_tau2 = fixed_tau2, levels = levels), "pooling.json")
cat(length(sets), "data sets,", length(rows), "fits,", file.size("pooling.json"), "bytes\n")
