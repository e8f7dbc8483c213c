# Reference values for the points of k2meta's companions of the forest plot, written by R's metafor.
#
#   cd tests/reference && Rscript companions.R
#
# What metafor::funnel, radial, labbe and baujat return beside their pictures, and predict() along a moderator.

suppressMessages({library(metafor); library(metadat)})
source("json17.R")
invisible(pdf(NULL))

tight <- list(threshold = 1e-12, maxiter = 10000)
bcg <- dat.bcg
counts <- list(bcg = with(bcg, data.frame(ai = tpos, n1i = tpos + tneg, ci = cpos, n2i = cpos + cneg)),
               li2007 = dat.li2007[, c("ai", "n1i", "ci", "n2i")],
               egger2001 = dat.egger2001[, c("ai", "n1i", "ci", "n2i")])
rates <- list(hart1999 = dat.hart1999[, c("x1i", "t1i", "x2i", "t2i")])
models <- list(random = "REML", common = "EE")

funnels <- list(); radials <- list(); labbes <- list(); baujats <- list()
axes <- c(se = "sei", variance = "vi", precision = "seinv", "1/variance" = "vinv", n = "ni", "1/n" = "ninv",
          "1/sqrt(n)" = "sqrtninv")
go <- function(name, measure, es, transf, rate = FALSE) for (model in names(models)) {
  f <- rma(es$yi, es$vi, method = models[[model]], control = tight, ni = attr(es$yi, "ni"), measure = measure)
  key <- list(dataset = name, measure = measure, model = model)
  points <- lapply(axes, function(axis) I(as.numeric(funnel(f, yaxis = axis)$y)))
  funnels[[length(funnels) + 1]] <<- c(key, list(x = I(as.numeric(funnel(f)$x)), y = points))
  for (centre in c(FALSE, TRUE)) {
    r <- radial(f, center = centre)
    radials[[length(radials) + 1]] <<- c(key, list(centre = centre, x = I(as.numeric(r$x)), y = I(as.numeric(r$y)),
                                                   b = as.numeric(f$beta), ci_lb = f$ci.lb, ci_ub = f$ci.ub))
  }
  b <- baujat(f, progbar = FALSE)
  baujats[[length(baujats) + 1]] <<- c(key, list(x = I(as.numeric(b$x)), y = I(as.numeric(b$y))))
}
for (name in names(counts)) for (measure in c("RR", "OR", "RD", "AS")) {
  d <- counts[[name]]
  es <- escalc(measure = measure, ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = d)
  go(name, measure, es)
  f <- rma(measure = measure, ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = d, method = "EE")
  back <- list(RR = exp, OR = transf.ilogit, RD = identity, AS = function(x) sin(x)^2)[[measure]]
  p <- labbe(f, transf = back)
  labbes[[length(labbes) + 1]] <- list(dataset = name, measure = measure, x = I(as.numeric(p$x)), y = I(as.numeric(p$y)),
                                       zero = I(with(d, ai == 0 | ci == 0 | ai == n1i | ci == n2i)))
}
for (name in names(rates)) for (measure in c("IRR", "IRD", "IRSD")) {
  d <- rates[[name]]
  f <- rma(measure = measure, x1i = x1i, t1i = t1i, x2i = x2i, t2i = t2i, data = d, method = "EE")
  back <- list(IRR = exp, IRD = identity, IRSD = function(x) x^2)[[measure]]
  p <- labbe(f, transf = back)
  labbes[[length(labbes) + 1]] <- list(dataset = name, measure = measure, x = I(as.numeric(p$x)), y = I(as.numeric(p$y)),
                                       zero = I(with(d, x1i == 0 | x2i == 0)))
}

es <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = bcg)
grid <- c(13, 20, 33.25, 44, 55)
lines <- list()
for (test in c("z", "knha")) {
  f <- rma(yi, vi, mods = ~ ablat, data = es, method = "REML", test = test, control = tight)
  p <- predict(f, newmods = grid)
  lines[[length(lines) + 1]] <- list(formula = "~ latitude", test = test, level = "", x = I(grid), estimate = I(p$pred),
    se = I(p$se), ci_low = I(p$ci.lb), ci_high = I(p$ci.ub), pi_low = I(p$pi.lb), pi_high = I(p$pi.ub))
  f <- rma(yi, vi, mods = ~ ablat + alloc, data = es, method = "REML", test = test, control = tight)
  held <- colMeans(model.matrix(f))[c("allocrandom", "allocsystematic")]
  p <- predict(f, newmods = cbind(grid, held[1], held[2]))
  lines[[length(lines) + 1]] <- list(formula = "~ latitude + allocation", test = test, level = "", x = I(grid),
    estimate = I(p$pred), se = I(p$se), ci_low = I(p$ci.lb), ci_high = I(p$ci.ub), pi_low = I(p$pi.lb), pi_high = I(p$pi.ub))
  p <- predict(f, newmods = cbind(grid, 1, 0))
  lines[[length(lines) + 1]] <- list(formula = "~ latitude + allocation", test = test, level = "random", x = I(grid),
    estimate = I(p$pred), se = I(p$se), ci_low = I(p$ci.lb), ci_high = I(p$ci.ub), pi_low = I(p$pi.lb), pi_high = I(p$pi.ub))
}
invisible(dev.off())

as_columns <- function(d) lapply(as.list(d), function(v) I(as.numeric(v)))
write_json17(list(software = software(), binary = lapply(counts, as_columns), rates = lapply(rates, as_columns),
                  funnel = funnels, radial = radials, labbe = labbes, baujat = baujats, line = lines),
             "companions.json")
