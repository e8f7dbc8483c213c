# Reference values for k2meta.mantel_haenszel and k2meta.peto, written by R's metafor.
#
#   cd tests/reference && Rscript stratified.R
#
# Every measure under metafor's defaults, with other rules for zero cells, and leave-one-out.

suppressMessages({library(metafor); library(metadat)})
source("json17.R")

tables <- function(ai, n1i, ci, n2i)   # as.numeric: products of integer counts overflow in R
  data.frame(ai = as.numeric(ai), n1i = as.numeric(n1i), ci = as.numeric(ci), n2i = as.numeric(n2i))
take <- function(d) tables(d$ai, d$n1i, d$ci, d$n2i)
binary <- list(
  bcg = with(dat.bcg, tables(tpos, tpos + tneg, cpos, cpos + cneg)),
  hine1989 = take(dat.hine1989),
  yusuf1985_6 = take(dat.yusuf1985[dat.yusuf1985$table == "6", ]),
  yusuf1985_11 = take(dat.yusuf1985[dat.yusuf1985$table == "11", ]),
  collins1985b = with(dat.collins1985b, tables(pre.xti, pre.nti, pre.xci, pre.nci)),
  egger2001 = take(dat.egger2001),
  li2007 = take(dat.li2007),
  lau1992 = take(dat.lau1992),
  nielweise2007 = take(dat.nielweise2007),
  graves2010 = take(dat.graves2010),
  linde2005 = take(dat.linde2005),
  hahn2001 = take(dat.hahn2001),
  laopaiboon2015 = take(dat.laopaiboon2015),
  axfors2021 = with(dat.axfors2021, tables(hcq_arm_event, hcq_arm_total, control_arm_event, control_arm_total)),
  zeros = tables(c(0, 5, 0, 3, 10, 12), c(20, 30, 15, 3, 20, 12), c(2, 3, 0, 1, 8, 12), c(22, 30, 15, 4, 20, 12)),
  pairs = tables(c(1, 0, 1, 1, 0, 1, 1, 0), rep(1, 8), c(0, 1, 1, 0, 0, 1, 0, 0), c(1, 2, 2, 1, 1, 2, 2, 1)),
  one_study = tables(7, 40, 12, 41),
  strong = tables(c(90, 180, 45), c(100, 200, 50), c(1, 3, 2), c(110, 190, 400)))
rates <- list(
  hart1999 = dat.hart1999[, c("x1i", "t1i", "x2i", "t2i")],
  nielweise2008 = dat.nielweise2008[, c("x1i", "t1i", "x2i", "t2i")],
  zeros = data.frame(x1i = c(0, 4, 0, 9), t1i = c(100.5, 2000, 30, 950.25), x2i = c(3, 0, 0, 12), t2i = c(120, 1800, 33, 870)))
rules <- list(
  metafor = list(add = 1/2, to = "only0", drop00 = TRUE),
  corrected = list(add = c(1/2, 1/2), to = c("only0", "only0"), drop00 = c(TRUE, TRUE)),
  all = list(add = c(1/2, 1/4), to = c("all", "all"), drop00 = c(TRUE, TRUE)),
  kept = list(add = c(1/2, 1/2), to = c("only0", "if0all"), drop00 = c(FALSE, FALSE)))

row_of <- function(name, measure, rule, f) {
  list(dataset = name, measure = measure, rule = rule, b = as.numeric(f$beta), se = f$se, zval = f$zval, pval = f$pval,
       ci_lb = f$ci.lb, ci_ub = f$ci.ub, q = f$QE, qp = f$QEp, q_df = f$k.yi - 1, i2 = f$I2, h2 = f$H2,
       ll = f$fit.stats$ML[1], aic = f$fit.stats$ML[3], bic = f$fit.stats$ML[4],
       mh = if (is.null(f$MH)) NA else f$MH, mhp = if (is.null(f$MHp)) NA else f$MHp,
       bd = if (is.null(f$BD)) NA else f$BD, ta = if (is.null(f$TA)) NA else f$TA,
       tap = if (is.null(f$TAp)) NA else f$TAp, k = f$k, k_yi = f$k.yi,
       weights = I(unname(suppressWarnings(weights(f)))))
}
fit_of <- function(d, measure, rule, correct = TRUE) suppressWarnings(try(switch(measure,
  PETO = rma.peto(ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = d, add = rule$add, to = rule$to, drop00 = rule$drop00),
  IRR = , IRD = rma.mh(x1i = x1i, t1i = t1i, x2i = x2i, t2i = t2i, data = d, measure = measure,
                       add = rule$add, to = rule$to, drop00 = rule$drop00, correct = correct),
  rma.mh(ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = d, measure = measure,
         add = rule$add, to = rule$to, drop00 = rule$drop00, correct = correct)), silent = TRUE))

rows <- list(); uncorrected <- list(); left_out <- list()
go <- function(name, d, measures) for (measure in measures) {
  for (rule in names(rules)) {
    f <- fit_of(d, measure, rules[[rule]])
    if (inherits(f, "try-error")) { cat("no fit:", name, measure, rule, "\n"); next }
    rows[[length(rows) + 1]] <<- row_of(name, measure, rule, f)
  }
  f <- fit_of(d, measure, rules$metafor, correct = FALSE)
  if (!is.null(f$MH) && measure != "PETO")
    uncorrected[[length(uncorrected) + 1]] <<- list(dataset = name, measure = measure, mh = f$MH, mhp = f$MHp)
  if (nrow(d) > 2 && !name %in% c("zeros", "pairs")) {
    f <- fit_of(d, measure, rules$metafor)
    l <- suppressWarnings(try(leave1out(f), silent = TRUE))
    if (!inherits(l, "try-error"))
      left_out[[length(left_out) + 1]] <<- list(dataset = name, measure = measure, b = I(l$estimate), se = I(l$se),
                                                q = I(l$Q), i2 = I(l$I2))
  }
}
for (name in names(binary)) go(name, binary[[name]], c("RR", "OR", "RD", "PETO"))
for (name in names(rates)) go(name, rates[[name]], c("IRR", "IRD"))

write_json17(list(software = software(), rules = rules,
                  binary = lapply(binary, function(d) lapply(as.list(d), I)),
                  rates = lapply(rates, function(d) lapply(as.list(d), function(x) I(as.numeric(x)))),
                  fits = rows, uncorrected = uncorrected, leave_one_out = left_out), "stratified.json")
cat(length(rows), "fits,", length(left_out), "leave-one-out,", file.size("stratified.json"), "bytes\n")
