# Writes measures.json: what metafor's escalc computes for every measure, option and input table.
#
#   Rscript tests/reference/measures.R
#
# Besides escalc's numbers it writes, by another road, what escalc does not give or gives inexactly:
#   tetrachoric   root of the bivariate normal integral (stats::integrate, stats::uniroot, tight tolerances)
#   bonett        the variances of SMDH and SMCRH as Bonett (2008, 2009) prints them, and SMDH LS2 with s^4
#   back          back transformations (transf.ipft, transf.iirft, ...)
# tests/measures/test_measures_reference.py reads it; MEASURES.md says what agrees and what does not.

suppressMessages(library(metafor))

args <- commandArgs(FALSE)
here <- dirname(sub("^--file=", "", grep("^--file=", args, value = TRUE)))
source(file.path(here, "json17.R"))

# ---- input tables, by family; columns have k2meta's role names ----------------------------------
tables <- list()
# dots in front: R would match the column `n` to an argument `name`
table_of <- function(.family, .name, ...) {
  columns <- list(...)
  k <- max(lengths(columns))
  tables[[paste(.family, .name, sep = "/")]] <<- lapply(columns, function(x) I(rep_len(x, k)))
}

binary <- function(name, e1, n1, e2, n2) table_of("binary", name, events1 = e1, n1 = n1, events2 = e2, n2 = n2)
bcg <- dat.bcg
binary("bcg", bcg$tpos, bcg$tpos + bcg$tneg, bcg$cpos, bcg$cpos + bcg$cneg)
binary("ordinary", c(4, 10, 30, 7), c(20, 50, 60, 21), c(7, 12, 25, 9), c(24, 40, 66, 20))
binary("small", c(1, 2, 1, 3, 1), c(2, 3, 4, 5, 2), c(1, 1, 2, 1, 1), c(3, 2, 4, 4, 2))
binary("one-zero", c(0, 5, 3), c(10, 12, 20), c(2, 0, 6), c(11, 14, 25))
binary("double-zero", c(0, 4, 0), c(10, 30, 25), c(0, 6, 1), c(12, 29, 25))
binary("all-events", c(10, 9, 8), c(10, 20, 8), c(12, 11, 6), c(12, 19, 9))
binary("mixed-zeros", c(0, 3, 10, 0, 5), c(8, 9, 10, 5, 10), c(0, 2, 10, 5, 0), c(9, 11, 10, 5, 10))
binary("huge", c(31234567, 120, 99999000), c(1e8, 1e8, 1e8), c(30001234, 150, 99998000), c(9.9e7, 1e8, 1e8))
binary("unequal", c(1, 450, 3), c(5, 1000, 900), c(200, 6, 2), c(4000, 12, 7))
binary("rare", c(1, 2, 0, 3), c(1000, 2500, 4000, 10000), c(2, 1, 3, 0), c(1000, 2400, 4100, 9000))
binary("null", c(10, 25, 7), c(20, 50, 21), c(10, 50, 14), c(20, 100, 42))
binary("strong", c(300, 95, 2), c(302, 100, 90), c(4, 5, 80), c(504, 110, 85))
binary("single", 8, 17, 3, 19)
binary("single-zero", 0, 17, 3, 19)

rates <- function(name, x1, t1, x2, t2) table_of("rates", name, events1 = x1, time1 = t1, events2 = x2, time2 = t2)
hart <- dat.hart1999
rates("hart1999", hart$x1i, hart$t1i, hart$x2i, hart$t2i)
nielweise <- dat.nielweise2008
rates("nielweise2008", nielweise$x1i, nielweise$t1i, nielweise$x2i, nielweise$t2i)
rates("ordinary", c(4, 10, 30), c(20, 50, 60), c(7, 12, 25), c(24, 40, 66))
rates("small", c(1, 1, 2), c(0.5, 1.25, 2), c(1, 2, 1), c(0.25, 1, 3))
rates("one-zero", c(0, 5, 3), c(10, 12.5, 20), c(2, 0, 6), c(11, 14, 25))
rates("double-zero", c(0, 4, 0), c(10, 30, 25), c(0, 6, 1), c(12, 29, 25))
rates("all-zero", c(0, 0), c(10, 20), c(0, 0), c(11, 19))
rates("huge", c(1e8, 12345678, 3), c(1e10, 1e9, 1e9), c(9e7, 12345679, 5), c(1e10, 1e9, 1.1e9))
rates("unequal", c(1, 450), c(5, 1e6), c(200, 6), c(40000, 12))
rates("rare", c(1, 0, 2), c(12345.6, 9876.5, 54321), c(2, 1, 0), c(12000, 9999, 50000))
rates("null", c(10, 25), c(20, 50), c(10, 50), c(20, 100))
rates("single", 8, 17.5, 3, 19.25)
rates("tiny-time", c(2, 3), c(1e-6, 2e-6), c(5, 1), c(1e-6, 3e-6))

continuous <- function(name, m1, s1, n1, m2, s2, n2)
  table_of("continuous", name, mean1 = m1, sd1 = s1, n1 = n1, mean2 = m2, sd2 = s2, n2 = n2)
normand <- dat.normand1999
continuous("normand1999", normand$m1i, normand$sd1i, normand$n1i, normand$m2i, normand$sd2i, normand$n2i)
curtis <- dat.curtis1998[1:12, ]
continuous("curtis1998", curtis$m1i, curtis$sd1i, curtis$n1i, curtis$m2i, curtis$sd2i, curtis$n2i)
continuous("ordinary", c(5, 7, 6.5), c(2, 3, 2.5), c(10, 25, 40), c(4, 4.5, 7), c(1.5, 2, 2.25), c(12, 30, 41))
continuous("small", c(5, 5.5, 6, 4.75), c(2, 1, 1.5, 3), c(2, 3, 4, 5), c(4, 6, 5, 5.5), c(1.5, 1.25, 2, 2.5), c(3, 3, 4, 6))
continuous("smallest", c(5, 5, 5, 5, 5), 2, c(1, 2, 1, 2, 3), c(4, 4, 4, 4, 4), 1.5, c(1, 1, 2, 2, 2))
continuous("opposite-signs", c(5, -5, -3, 0), c(2, 2, 1, 3), c(9, 14, 20, 11), c(4, 4, -4, 2), c(1.5, 1, 2, 2), c(9, 15, 18, 12))
continuous("negative", c(-5, -3), c(2, 1), c(9, 20), c(-4, -4), c(1.5, 2), c(9, 18))
continuous("huge", c(101, 0.52), c(15, 0.1), c(1e8, 5e7), c(100, 0.5), c(14, 0.12), c(9e7, 1e8))
continuous("large", c(101, 52), c(15, 10), c(1000, 5200), c(100, 50), c(14, 12), c(1100, 4900))
continuous("unequal", c(5, 5, 8), c(2, 2, 0.5), c(3, 500, 40), c(4, 4, 5), c(1.5, 6, 4), c(300, 4, 12))
continuous("unequal-sd", c(10, 20), c(1, 9), c(15, 22), c(8, 25), c(8, 1.5), c(14, 21))
continuous("null", c(5, 7), c(2, 3), c(10, 25), c(5, 7), c(2, 2), c(10, 30))
continuous("strong", c(50, 5), c(2, 3), c(10, 25), c(4, 45), c(1.5, 2), c(12, 30))
continuous("tiny-unit", c(5e-7, 7e-7), c(2e-7, 3e-7), c(10, 25), c(4e-7, 4.5e-7), c(1.5e-7, 2e-7), c(12, 30))
continuous("single", 5.25, 2.125, 17, 4.5, 1.875, 19)

correlation <- function(name, r, n) table_of("correlation", name, r = r, n = n)
mcdaniel <- dat.mcdaniel1994[1:20, ]
correlation("mcdaniel1994", mcdaniel$ri, mcdaniel$ni)
molloy <- dat.molloy2014
correlation("molloy2014", molloy$ri, molloy$ni)
correlation("ordinary", c(0.3, 0.5, -0.2), c(20, 30, 44))
correlation("small", c(0.3, -0.3, 0.9, 0.1), c(5, 6, 7, 8))
correlation("smallest", c(0.3, 0.4, 0.5, 0.2), c(2, 3, 4, 5))
correlation("zero", c(0, 0, 0.125), c(10, 200, 30))
correlation("one", c(1, -1, 0.5), c(20, 25, 30))
correlation("near-one", c(0.999999, -0.99999, 0.999), c(20, 80, 300))
correlation("huge", c(0.3, -0.0001, 0.95), c(1e8, 5e7, 1e8))
correlation("large", c(0.3, -0.01, 0.95), c(1000, 5000, 102))
correlation("unequal", c(0.3, 0.1, -0.7), c(6, 10000, 50))
correlation("negative", c(-0.3, -0.45, -0.81), c(15, 33, 99))
correlation("single", 0.4375, 37)

proportion <- function(name, x, n) table_of("proportion", name, events = x, n = n)
pritz <- dat.pritz1997
proportion("pritz1997", pritz$xi, pritz$ni)
proportion("ordinary", c(4, 10, 33), c(20, 50, 61))
proportion("small", c(1, 2, 1), c(2, 3, 5))
proportion("smallest", c(0, 1, 1), c(1, 1, 2))
proportion("zeros", c(0, 3, 0), c(10, 12, 200))
proportion("all", c(10, 3, 25), c(10, 12, 25))
proportion("zero-and-all", c(0, 30, 7), c(15, 30, 21))
proportion("huge", c(31234567, 12, 99999990), c(1e8, 1e8, 1e8))
proportion("unequal", c(1, 900), c(4, 12345))
proportion("rare", c(1, 0, 3), c(5000, 8000, 12000))
proportion("half", c(10, 25), c(20, 50))
proportion("single", 7, 31)
proportion("single-zero", 0, 31)

rate <- function(name, x, t) table_of("single rate", name, events = x, time = t)
rate("hart1999", hart$x1i, hart$t1i)
rate("nielweise2008", nielweise$x2i, nielweise$t2i)
rate("ordinary", c(4, 10, 33), c(20, 50, 61.5))
rate("small", c(1, 2, 1), c(0.5, 3, 1.25))
rate("zeros", c(0, 3, 0), c(10, 12.5, 200))
rate("all-zero", c(0, 0), c(10, 12.5))
rate("huge", c(1e8, 3, 12345678), c(1e10, 1e9, 3e7))
rate("unequal", c(1, 900), c(4, 123456))
rate("rare", c(1, 0, 3), c(50000, 80000, 120000))
rate("tiny-time", c(2, 5), c(1e-6, 3e-6))
rate("expected", c(12, 30, 9), c(10.4, 33.1, 9))
rate("single", 7, 31.25)

one_mean <- function(name, m, s, n) table_of("single mean", name, mean = m, sd = s, n = n)
one_mean("normand1999", normand$m1i, normand$sd1i, normand$n1i)
one_mean("curtis1998", curtis$m1i, curtis$sd1i, curtis$n1i)
one_mean("ordinary", c(4, 10, 7.5), c(2, 3, 2.5), c(20, 50, 44))
one_mean("small", c(4, 10), c(2, 3), c(2, 3))
one_mean("smallest", c(4, 10), c(2, 3), c(1, 1))
one_mean("zero-mean", c(0, 10), c(2, 3), c(12, 15))
one_mean("huge", c(100.5, 3.25), c(15, 0.5), c(1e8, 5e7))
one_mean("unequal", c(4, 10), c(0.01, 30), c(3, 5000))
one_mean("tiny-unit", c(4e-9, 1e-8), c(2e-9, 3e-9), c(20, 50))
one_mean("large-unit", c(4e9, 1e8), c(2e9, 3e7), c(20, 50))
one_mean("wide", c(1, 2), c(20, 30), c(20, 50))
one_mean("single", 4.25, 1.125, 17)

paired <- function(name, m1, m2, s1, s2, n, r)
  table_of("paired", name, mean1 = m1, mean2 = m2, sd1 = s1, sd2 = s2, n = n, r = r)
paired("ordinary", c(5, 7, 6), c(4, 4.5, 6.5), c(2, 3, 2.5), c(1.5, 2, 2.25), c(12, 30, 44), c(0.4, 0.6, 0.75))
paired("morris2008", c(30.6, 23.5, 0.5, 53.4, 35.6), c(38.5, 26.8, 0.7, 75.9, 36), c(15, 3.1, 0.1, 14.5, 4.7), c(11.6, 4.1, 0.1, 4.4, 4.6), c(20, 50, 9, 10, 14), c(0.47, 0.64, 0.77, 0.89, 0.44))
paired("small", c(5, 6), c(4, 6.5), c(2, 1), c(1.5, 1.25), c(3, 4), c(0.5, 0.25))
paired("smallest", c(5, 6), c(4, 6.5), c(2, 1), c(1.5, 1.25), c(1, 2), c(0.5, 0.25))
paired("opposite-signs", c(5, -5, -3), c(-4, 4, -4), c(2, 2, 1), c(1.5, 1, 2), c(9, 14, 20), c(0.5, 0.2, 0.1))
paired("perfect", c(5, 5, 5), c(4, 4, 4), c(2, 2, 2), c(2, 1, 2), c(20, 20, 20), c(1, 1, -1))
paired("near-one", c(5, 5), c(4, 4.9), c(2, 2), c(2.01, 1.9), c(20, 31), c(0.999, 0.99))
paired("negative-r", c(5, 7), c(4, 4.5), c(2, 3), c(1.5, 2), c(12, 30), c(-0.4, -0.9))
paired("zero-r", c(5, 7), c(4, 4.5), c(2, 3), c(1.5, 2), c(12, 30), 0)
paired("huge", c(101, 0.52), c(100, 0.5), c(15, 0.1), c(14, 0.12), c(1e8, 5e7), c(0.5, 0.8))
paired("large", c(101, 52), c(100, 50), c(15, 10), c(14, 12), c(1000, 5200), c(0.5, 0.8))
paired("null", c(5, 7), c(5, 7), c(2, 3), c(2, 2), c(12, 30), c(0.4, 0.6))
paired("change-sd", c(1.5, -0.25), 0, c(2, 3), 0, c(12, 30), 0)
paired("single", 5.25, 4.5, 2.125, 1.875, 17, 0.4375)

generic <- function(name, y, v) table_of("generic", name, estimate = y, variance = v)
for (i in 1:12) {
  set.seed(i)
  generic(paste0("random", i), round(rnorm(4, 0, 10^(i / 2 - 3)), 9), round(rchisq(4, 3) * 10^(i / 2 - 3), 9))
}

# ---- measures: family, escalc's argument names, variance formulas --------------------------------
arguments <- list(
  binary = c(events1 = "ai", n1 = "n1i", events2 = "ci", n2 = "n2i"),
  rates = c(events1 = "x1i", time1 = "t1i", events2 = "x2i", time2 = "t2i"),
  continuous = c(mean1 = "m1i", sd1 = "sd1i", n1 = "n1i", mean2 = "m2i", sd2 = "sd2i", n2 = "n2i"),
  correlation = c(r = "ri", n = "ni"),
  proportion = c(events = "xi", n = "ni"),
  `single rate` = c(events = "xi", time = "ti"),
  `single mean` = c(mean = "mi", sd = "sdi", n = "ni"),
  paired = c(mean1 = "m1i", mean2 = "m2i", sd1 = "sd1i", sd2 = "sd2i", n = "ni", r = "ri"),
  generic = c(estimate = "yi", variance = "vi")
)
families <- list(
  binary = c("RR", "OR", "RD", "AS", "PETO", "PHI", "YUQ", "YUY", "RTET", "OR2DN", "OR2DL"),
  rates = c("IRR", "IRD", "IRSD"),
  continuous = c("MD", "SMD", "SMDH", "SMD1", "ROM", "VR", "CVR", "RPB", "RBIS", "D2OR", "D2ORN", "D2ORL"),
  correlation = c("COR", "UCOR", "ZCOR"),
  proportion = c("PR", "PLN", "PLO", "PAS", "PFT"),
  `single rate` = c("IR", "IRLN", "IRS", "IRFT"),
  `single mean` = c("MN", "MNLN"),
  paired = c("MC", "SMCC", "SMCR", "SMCRH", "ROMC"),
  generic = "GEN"
)
vtypes <- list(
  RD = c("LS", "UB", "AV"), PHI = c("LS", "ST", "CS"), MD = c("LS", "UB", "HO"),
  SMD = c("LS", "LS2", "UB", "AV"), SMDH = c("LS", "LS2"), SMD1 = c("LS", "LS2", "UB", "AV"),
  ROM = c("LS", "HO", "AV", "AVHO"), RPB = c("LS", "ST", "CS"), COR = c("LS", "AV"),
  UCOR = c("LS", "UB", "AV"), PR = c("LS", "UB", "AV"), PLN = c("LS", "AV"), PLO = c("LS", "AV"),
  SMCC = c("LS", "LS2"), SMCR = c("LS", "LS2")
)
rules <- c("only0", "all", "if0all", "none")

# ---- escalc over the grid; an option reads "to add drop00 vtype" --------------------------------------------------------------------------
plain <- function(x) { x <- as.numeric(x); x[!is.finite(x)] <- NA; I(x) }
cases <- list()
one_case <- function(code, family, name, add = NULL, to = "only0", drop00 = FALSE, vtype = "LS") {
  columns <- lapply(tables[[name]], as.numeric)
  if (code == "VR") columns <- columns[c("sd1", "n1", "sd2", "n2")]
  call <- setNames(columns, arguments[[family]][names(columns)])
  options <- list(measure = code, to = to, drop00 = drop00, vtype = vtype, add = add)
  if (code == "GEN") options <- list(measure = code)
  result <- tryCatch(suppressWarnings(do.call(escalc, c(options[lengths(options) > 0], call))),
                     error = function(e) NULL)
  if (is.null(result)) stop("escalc failed: ", code, " ", name, " ", vtype)
  yi <- plain(result$yi)
  vi <- plain(result$vi)
  # options that give the same numbers share one entry
  key <- paste(code, name, paste(json_number(c(yi, vi)), collapse = " "))
  option <- paste(to, if (is.null(add)) "default" else add, if (drop00) "drop00" else "keep00", vtype)
  if (is.null(cases[[key]])) cases[[key]] <<- list(measure = code, table = name, options = I(character()), yi = yi, vi = vi)
  cases[[key]]$options <<- I(c(cases[[key]]$options, option))
}
for (family in names(families)) for (code in families[[family]]) {
  known <- if (is.null(vtypes[[code]])) "LS" else vtypes[[code]]
  for (name in grep(paste0("^", family, "/"), names(tables), value = TRUE)) for (vtype in known) {
    if (!family %in% c("binary", "rates", "proportion", "single rate")) {
      one_case(code, family, name, vtype = vtype)
      next
    }
    for (to in rules) one_case(code, family, name, to = to, vtype = vtype)
    if (family %in% c("binary", "rates"))
      for (to in rules) one_case(code, family, name, to = to, drop00 = TRUE, vtype = vtype)
    if (vtype != "LS") next
    for (to in c("only0", "all", "if0all")) one_case(code, family, name, add = 0.25, to = to)
    one_case(code, family, name, add = 0)
    one_case(code, family, name, add = 0.5)
    one_case(code, family, name, add = 1, to = "all")
  }
}

# ---- other roads ----------------------------------------------------------------------------------
tetrachoric <- list()
for (name in grep("^binary/", names(tables), value = TRUE)) {
  d <- lapply(tables[[name]], as.numeric)
  for (i in seq_along(d$n1)) {
    a <- d$events1[i]; b <- d$n1[i] - a; c <- d$events2[i]; e <- d$n2[i] - c; n <- a + b + c + e
    if (min(a, b, c, e) == 0 || n > 1e6) next
    h <- qnorm((a + b) / n); k <- qnorm((a + c) / n)
    slope <- function(t) exp(-(h^2 - 2 * h * k * sin(t) + k^2) / (2 * cos(t)^2)) / (2 * pi)
    area <- function(t) integrate(slope, 0, t, rel.tol = 1e-13, abs.tol = 0, subdivisions = 2000)$value
    target <- (a * e - b * c) / n^2
    t <- if (target == 0) 0 else uniroot(function(t) area(t) - target, c(-1.55, 1.55), tol = 1e-15, maxiter = 10000)$root
    r <- sin(t); s <- cos(t)
    f1 <- pnorm((h - r * k) / s) - 0.5; f2 <- pnorm((k - r * h) / s) - 0.5
    v <- ((a + e) * (b + c) / 4 + (a + c) * (b + e) * f1^2 + (a + b) * (c + e) * f2^2 + 2 * (a * e - b * c) * f1 * f2 -
          (a * b - c * e) * f1 - (a * c - b * e) * f2) / n^3 / (slope(t) / s)^2
    tetrachoric[[length(tetrachoric) + 1]] <- list(table = name, row = i - 1L, yi = r, vi = v)
  }
}
J <- function(m) ifelse(m > 1, exp(lgamma(m / 2) - 0.5 * log(m / 2) - lgamma((m - 1) / 2)), NA)
bonett <- list()
for (name in grep("^continuous/", names(tables), value = TRUE)) {
  t <- lapply(tables[[name]], as.numeric)
  s2 <- (t$sd1^2 + t$sd2^2) / 2; d <- (t$mean1 - t$mean2) / sqrt(s2); j <- J(t$n1 + t$n2 - 2)
  V <- function(x, k1, k2) x^2 * (t$sd1^4 / k1 + t$sd2^4 / k2) / (8 * s2^2) + (t$sd1^2 / k1 + t$sd2^2 / k2) / s2
  bonett[[length(bonett) + 1]] <- list(measure = "SMDH", vtype = "BONETT", table = name, vi = plain(j^2 * V(d, t$n1 - 1, t$n2 - 1)))
  bonett[[length(bonett) + 1]] <- list(measure = "SMDH", vtype = "LS2", table = name, vi = plain(V(j * d, t$n1, t$n2)))
}
for (name in grep("^paired/", names(tables), value = TRUE)) {
  t <- lapply(tables[[name]], as.numeric)
  d <- (t$mean1 - t$mean2) / t$sd1; sd2 <- t$sd1^2 + t$sd2^2 - 2 * t$r * t$sd1 * t$sd2
  bonett[[length(bonett) + 1]] <- list(measure = "SMCRH", vtype = "BONETT", table = name,
    vi = plain(J(t$n - 1)^2 * (sd2 / (t$sd1^2 * (t$n - 1)) + d^2 / (2 * (t$n - 1)))))
}
x <- c(0.01, 0.1, 0.35, 0.6, 0.8, 1.1, 1.4, 1.55); n <- c(5, 10, 20, 40, 55, 80, 200, 1000)
back <- list(
  x = x, n = n,
  ipft = transf.ipft(x, n), ipft_hm = transf.ipft.hm(x, targs = list(ni = n)),
  iirft = mapply(transf.iirft, x, n), pft = transf.pft(c(0, 0.3, 1), c(10, 10, 20)), irft = transf.irft(c(0, 0.3, 2), c(10, 10.5, 20)),
  iarcsin = transf.iarcsin(c(-0.1, x, 1.6)), ilogit = transf.ilogit(c(-40, -1, 0, 2.5, 30)), ztor = transf.ztor(c(-3, 0.25, 9)))

out <- list(
  versions = c(software(), list(gsl = as.character(packageVersion("gsl")), mvtnorm = as.character(packageVersion("mvtnorm")))),
  tables = tables, cases = unname(cases), tetrachoric = tetrachoric, bonett = bonett, back = back)
write_json17(out, file.path(here, "measures.json"))
