# Reference values for k2meta.meta_regression, written by R's metafor.
#
#   cd tests/reference && Rscript regression.R
#
# Effects, variances and moderators are in the JSON: this compares the regression, not effect sizes. The
# control is that of pooling.R: thresholds that scale with tau2, and where metafor's iteration does not
# settle, the root of the published estimating equation is found here and given to metafor as tau2.

suppressMessages({library(metafor); library(metadat)})
source("json17.R")

# ---------------------------------------------------------------- data sets and formulas
cases <- list()
esc <- function(...) {
  call <- match.call()
  call[[1]] <- quote(escalc)
  suppressWarnings(eval(call, parent.frame()))
}
# `formula` is read by both programs; `new` holds rows to predict for
add_case <- function(name, source, d, formula, new) {
  vars <- all.vars(as.formula(formula))
  d <- as.data.frame(d)[, unique(c("yi", "vi", vars)), drop = FALSE]
  d <- d[complete.cases(d), , drop = FALSE]
  d[] <- lapply(d, function(x) if (is.factor(x)) as.character(x) else if (is.character(x)) x else as.numeric(x))
  cases[[name]] <<- list(source = source, formula = formula, data = d, new = new)
}

bcg <- esc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
rows <- function(...) data.frame(..., stringsAsFactors = FALSE)
add_case("bcg_ablat", "metadat dat.bcg", bcg, "~ ablat", rows(ablat = c(0, 13, 33.5, 60)))
add_case("bcg_ablat_year", "metadat dat.bcg", bcg, "~ ablat + year",
         rows(ablat = c(10, 55), year = c(1950, 1980)))
add_case("bcg_alloc", "metadat dat.bcg", bcg, "~ alloc",
         rows(alloc = c("systematic", "alternate", "random")))
add_case("bcg_without_intercept", "metadat dat.bcg", bcg, "~ 0 + alloc", rows(alloc = c("random", "alternate")))
add_case("bcg_interaction", "metadat dat.bcg", bcg, "~ ablat * alloc",
         rows(ablat = c(20, 40), alloc = c("random", "systematic")))
add_case("bcg_quadratic", "metadat dat.bcg", bcg, "~ ablat + I(ablat^2)", rows(ablat = c(15, 45)))
bcg_or <- esc(measure = "OR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
add_case("bcg_or_log", "metadat dat.bcg", bcg_or, "~ log(ablat)", rows(ablat = c(13, 55)))
small <- bcg[c(1, 4, 6, 8), ]
add_case("bcg_four_studies", "metadat dat.bcg, studies 1, 4, 6, 8", small, "~ ablat", rows(ablat = 30))
bd <- dat.bangertdrowns2004
add_case("bangertdrowns_length", "metadat dat.bangertdrowns2004", bd, "~ length", rows(length = c(1, 15, 24)))
add_case("bangertdrowns_many", "metadat dat.bangertdrowns2004", bd,
         "~ length + wic + feedback + info + pers + imag + meta",
         rows(length = 15, wic = 1, feedback = 1, info = 0, pers = 0, imag = 1, meta = 1))
add_case("bangertdrowns_grade", "metadat dat.bangertdrowns2004", bd, "~ factor(grade) + ni",
         rows(grade = c(1, 3, 4), ni = c(50, 80, 200)))
add_case("konstantopoulos_year", "metadat dat.konstantopoulos2011", dat.konstantopoulos2011, "~ year",
         rows(year = c(1976, 2000)))
add_case("raudenbush_weeks", "metadat dat.raudenbush1985", dat.raudenbush1985, "~ weeks", rows(weeks = c(0, 3)))
add_case("raudenbush_setting", "metadat dat.raudenbush1985", dat.raudenbush1985, "~ weeks * setting + tester",
         rows(weeks = c(1, 2), setting = c("group", "indiv"), tester = c("aware", "blind")))
add_case("hackshaw_design", "metadat dat.hackshaw1998", dat.hackshaw1998, "~ design + year",
         rows(design = c("cohort", "case-control"), year = c(1985, 1995)))
hine <- esc(measure = "RD", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = dat.hine1989)
hine$size <- hine$n1i + hine$n2i
add_case("hine_size", "metadat dat.hine1989", hine, "~ size", rows(size = 400))
curtis <- esc(measure = "ROM", m1i = m2i, sd1i = sd2i, n1i = n2i, m2i = m1i, sd2i = sd1i, n2i = n1i,
              data = dat.curtis1998)
add_case("curtis_fungrp", "metadat dat.curtis1998", curtis, "~ time + fungrp",
         rows(time = c(30, 1000), fungrp = c("ANGIO", "GYMNO")))
mcd <- esc(measure = "ZCOR", ri = ri, ni = ni, data = dat.mcdaniel1994)
add_case("mcdaniel_type", "metadat dat.mcdaniel1994", mcd, "~ type + struct",
         rows(type = c("j", "s"), struct = c("u", "s")))
add_case("landenberger", "metadat dat.landenberger2005",
         esc(measure = "OR", ai = n.cbt.rec, bi = n.cbt.non, ci = n.ctrl.rec, di = n.ctrl.non,
             data = dat.landenberger2005),
         "~ interval + age", rows(interval = c(6, 24), age = c(16, 30)))
linde <- esc(measure = "RR", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = dat.linde2005)
add_case("linde_baseline", "metadat dat.linde2005", linde, "~ baseline + year",
         rows(baseline = c(15, 22), year = c(1990, 2000)))
colditz <- bcg; colditz$yi <- colditz$yi * 1e-4; colditz$vi <- colditz$vi * 1e-8
add_case("bcg_small_units", "metadat dat.bcg, effects multiplied by 1e-4", colditz, "~ ablat", rows(ablat = 30))
spread <- rows(yi = c(0.2, 5.1, -3.3, 8.8, 1.4, -6.0, 4.9, 12.2), vi = c(1, 2, 1.5, 3, 1, 2.2, 0.8, 1.9) / 100,
               dose = c(1, 2, 1, 4, 2, 1, 3, 5))
add_case("made_heterogeneous", "made: tau2 a thousand times the variances", spread, "~ dose", rows(dose = c(0, 6)))
calm <- rows(yi = c(0.31, 0.35, 0.42, 0.44, 0.52, 0.55, 0.61), vi = c(4, 6, 5, 9, 3, 8, 6) / 100, dose = 1:7)
add_case("made_homogeneous", "made: less spread than the variances allow", calm, "~ dose", rows(dose = c(0, 8)))

# ---------------------------------------------------------------- estimators
closed <- c("DL", "HE", "HS", "HSk", "SJ", "GENQ")
iterative <- c("DLIT", "SJIT", "ML", "REML", "EB", "PM", "PMM")
estimators <- c(closed, iterative, "EE")
tests <- c("z", "t", "knha", "adhoc")

pieces <- function(yi, vi, X, tau2) {
  w <- 1 / (vi + tau2)
  qrx <- qr(sqrt(w) * X)
  r <- sqrt(w) * qr.resid(qrx, sqrt(w) * yi)
  hat <- rowSums(qr.Q(qrx)^2)
  list(q = sum(r^2 / w), trp = sum(w * (1 - hat)), yppy = sum(r^2), sw = sum(w))
}
# each estimating equation, positive below its root
equation <- function(method, yi, vi, X) {
  df <- length(yi) - ncol(X)
  switch(method,
    PM = , EB = , SJIT = function(t) pieces(yi, vi, X, t)$q / df - 1,
    PMM = function(t) pieces(yi, vi, X, t)$q / qchisq(0.5, df) - 1,
    DLIT = function(t) {p <- pieces(yi, vi, X, t); (p$q - df) - t * p$trp},
    REML = function(t) {p <- pieces(yi, vi, X, t); p$yppy / p$trp - 1},
    ML = function(t) {p <- pieces(yi, vi, X, t); p$yppy / p$sw - 1})
}
height <- function(method, yi, vi, X, t) {
  w <- 1 / (vi + t)
  value <- sum(log(vi + t)) + pieces(yi, vi, X, t)$q
  if (method == "REML") value <- value + determinant(crossprod(X, w * X))$modulus
  -as.numeric(value) / 2
}
bisect <- function(f, low, high) {
  for (i in 1:200) {
    mid <- (low + high) / 2
    if (mid <= low || mid >= high) break
    if (f(mid) > 0) low <- mid else high <- mid
  }
  (low + high) / 2
}
solve_tau2 <- function(method, yi, vi, X) {
  f <- equation(method, yi, vi, X)
  top <- 10 * (var(yi) + max(vi))
  grid <- c(0, exp(seq(log(min(vi) * 1e-6), log(top), length.out = 200)))
  sign <- sapply(grid, f) > 0
  down <- which(sign[-length(sign)] & !sign[-1])
  roots <- vapply(down, function(i) bisect(f, grid[i], grid[i + 1]), 0)
  if (!sign[1]) roots <- c(0, roots)
  if (length(roots) == 1) return(roots)
  if (!method %in% c("ML", "REML")) return(max(roots))
  roots[which.max(vapply(roots, function(t) height(method, yi, vi, X, t), 0))]
}

control_for <- function(root) {
  size <- max(root, 1e-300)
  list(threshold = 1e-13 * size, maxiter = 10000, tol = 1e-300, tau2.max = 1e8 * max(1, size))
}
# moderators without the column of ones, and whether there is one: what rma() and predict() want
split <- function(X) {
  ones <- colnames(X) == "(Intercept)"
  mods <- unname(X[, !ones, drop = FALSE])
  if (!ncol(mods)) return(list())
  list(mods = mods, intercept = any(ones))
}
fit_once <- function(d, X, method, test, root, threshold = 1e-13) {
  args <- c(list(yi = d$yi, vi = d$vi, test = test), split(X))
  if (method == "GENQ") args <- c(args, list(method = "GENQ", weights = 1 / sqrt(d$vi)))
  else if (method == "EE") args$method <- "EE"
  else args$method <- method
  if (!is.na(root)) {
    args$control <- control_for(root)
    args$control$threshold <- threshold * max(root, 1e-300)
    if (method %in% c("ML", "REML", "EB", "DLIT", "SJIT")) args$control$tau2.init <- root
  }
  tryCatch(suppressWarnings(do.call(rma, args)), error = function(e) NULL)
}

one <- function(d) matrix(1, nrow(d), 1, dimnames = list(NULL, "(Intercept)"))
num <- function(x) as.numeric(x)
describe <- function(fit, Xnew) {
  p <- predict(fit, newmods = split(Xnew)$mods)
  # metafor gives a prediction interval for equal-effects models too: it is the confidence interval
  list(b = num(fit$b), se = fit$se, stat = num(fit$zval), pval = num(fit$pval), ci_lb = num(fit$ci.lb),
       ci_ub = num(fit$ci.ub), vcov = if (fit$test %in% c("z", "knha")) as.numeric(fit$vb) else NULL, qm = fit$QM, qm_p = fit$QMp,
       pred = num(p$pred), pred_se = num(p$se), pred_lb = num(p$ci.lb), pred_ub = num(p$ci.ub),
       pi_lb = num(p$pi.lb), pi_ub = num(p$pi.ub))
}

fits <- list(); anovas <- list(); residuals <- list(); weighted <- list(); qprofile <- list(); levels <- list()
datasets <- list()
for (name in names(cases)) {
  case <- cases[[name]]
  d <- case$data
  f <- as.formula(case$formula)
  frame <- model.frame(f, d)
  X <- model.matrix(f, d)
  both <- rbind(d[, setdiff(names(d), c("yi", "vi")), drop = FALSE],
                case$new[, setdiff(names(d), c("yi", "vi")), drop = FALSE])
  Xnew <- model.matrix(f, both)[-seq_len(nrow(d)), , drop = FALSE]
  intercept <- "(Intercept)" %in% colnames(X)
  btt <- if (intercept) 2:ncol(X) else 1:ncol(X)
  datasets[[name]] <- list(source = case$source, formula = case$formula, data = as.list(d),
                           new = as.list(case$new), columns = colnames(X))
  for (method in estimators) {
    root <- if (method %in% iterative) solve_tau2(method, d$yi, d$vi, X) else NA
    base <- NULL; refined <- FALSE
    for (threshold in 10^(-13:-10)) {
      base <- fit_once(d, X, method, "z", root, threshold)
      if (!is.null(base)) break
    }
    off <- !is.na(root) && (is.null(base) || abs(base$tau2 - root) > 1e-10 * root + 1e-12 * min(d$vi))
    out <- list(dataset = name, method = method, tests = list())
    for (test in tests) {
      fit <- if (off) {
        refined <- TRUE
        suppressWarnings(do.call(rma, c(list(yi = d$yi, vi = d$vi, test = test, tau2 = root,
                             method = if (method == "REML") "REML" else "ML"), split(X))))
      } else fit_once(d, X, method, test, root, threshold)
      # the omnibus test is of the moderators, as with a formula
      if (!identical(as.numeric(fit$btt), as.numeric(btt))) stop("btt ", name, method, test, " ", paste(fit$btt, collapse=","), " vs ", paste(btt, collapse=","), " ", paste(dim(X), collapse="x"), " ", is.null(fit))
      out$tests[[test]] <- describe(fit, Xnew)
      if (test == "z") base <- fit
    }
    root0 <- if (method %in% iterative) solve_tau2(method, d$yi, d$vi, one(d)) else NA
    without <- if (method == "EE") NA else if (!is.na(root0)) root0 else
      fit_once(d, one(d), method, "z", NA)$tau2
    st <- fitstats(base)
    out <- c(out, list(refined = refined, tau2 = base$tau2, se_tau2 = if (refined) NA else base$se.tau2,
                       i2 = base$I2, h2 = base$H2, qe = base$QE, qe_p = base$QEp,
                       tau2_without = without,
                       r2 = if (is.null(base$R2) || refined || method == "EE") NA else base$R2,
                       fit = if (refined || method == "EE") NULL else
                         if (method == "REML") list(ll = st[1, "REML"], aic = st[3, "REML"], bic = st[4, "REML"],
                                                    aicc = st[5, "REML"])
                         else list(ll = st[1, 1], aic = st[3, 1], bic = st[4, 1], aicc = st[5, 1]),
                       weights = num(weights(base, type = "diagonal"))))
    fits[[length(fits) + 1]] <- out
  }
  # ---------------------------------------------------------------- what goes with a REML and a DL fit
  for (method in c("DL", "REML")) for (test in c("z", "knha")) {
    root <- if (method == "REML") solve_tau2(method, d$yi, d$vi, X) else NA
    fit <- fit_once(d, X, method, test, root)
    if (is.null(fit)) next
    rs <- rstandard(fit, digits = 16)
    residuals[[length(residuals) + 1]] <- list(dataset = name, method = method, test = test,
      resid = num(rs$resid), se = num(rs$se), z = num(rs$z), hat = num(hatvalues(fit)))
    last <- ncol(X)
    for (b in unique(list(as.integer(last), 1L, seq.int(max(1L, last - 1L), last)))) {
      an <- anova(fit, btt = b)
      anovas[[length(anovas) + 1]] <- list(dataset = name, method = method, test = test, columns = I(b - 1L),
        qm = an$QM, p = an$QMp)
    }
    for (level in c(80, 99)) {
      args <- c(list(yi = d$yi, vi = d$vi, method = method, test = test, level = level), split(X))
      if (!is.na(root)) {args$control <- control_for(root); args$control$tau2.init <- root}
      lf <- do.call(rma, args)
      p <- predict(lf, newmods = split(Xnew)$mods)
      levels[[length(levels) + 1]] <- list(dataset = name, method = method, test = test, level = level / 100,
        ci_lb = num(lf$ci.lb), ci_ub = num(lf$ci.ub), pi_lb = num(p$pi.lb), pi_ub = num(p$pi.ub))
    }
  }
  # ---------------------------------------------------------------- user weights
  for (method in c("DL", "EE")) for (test in c("z", if (method == "DL") "knha")) {
    w <- sqrt(seq_len(nrow(d)))
    fit <- suppressWarnings(do.call(rma, c(list(yi = d$yi, vi = d$vi, weights = w, method = method, test = test), split(X))))
    st <- fitstats(fit)
    weighted[[length(weighted) + 1]] <- c(list(dataset = name, method = method, test = test, weights = w,
      tau2 = fit$tau2, qe = fit$QE, ll = st[1, 1]), describe(fit, Xnew),
      list(resid_se = num(rstandard(fit, digits = 16)$se), hat = num(hatvalues(fit))))
  }
  ci <- tryCatch(confint(fit_once(d, X, "DL", "z", NA), control = list(tol = 1e-300, maxiter = 10000,
                 tau2.max = 1e6 * var(d$yi))), error = function(e) NULL)
  if (!is.null(ci)) qprofile[[length(qprofile) + 1]] <- list(dataset = name, low = ci$random[1, 2],
                                                             high = ci$random[1, 3])
}

write_json17(list(software = software(), closed_form = I(closed), iterative = I(iterative),
                  estimators = I(estimators), datasets = datasets, fits = fits, residuals = residuals,
                  anovas = anovas, levels = levels, user_weights = weighted, q_profile = qprofile),
             "regression.json")
