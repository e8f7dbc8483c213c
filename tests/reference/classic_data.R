# Writes classic_data.json: the numbers of the classic data sets and the effects metafor computes from them.
#
#   Rscript tests/reference/classic_data.R
#
# Only numbers and study labels are taken from metadat; columns get our names (1 = treatment,
# 2 = control). For every data set the script writes all columns, the default analysis (measure, the
# columns in each role, which rows) and metafor's yi and vi for those rows, with 17 digits.
# tests/studies/test_dataset_numbers.py compares datasets/*/data.csv and effect_sizes() with it.

suppressMessages(library(metafor))
library(metadat)
library(jsonlite)

args <- commandArgs(FALSE)
here <- dirname(sub("^--file=", "", grep("^--file=", args, value = TRUE)))
out <- list()

# roles: named character vector, our role -> column; rows: logical, which rows the default analysis uses
add <- function(name, data, measure, roles, where = NULL) {
  data[] <- lapply(data, function(x) if (is.factor(x)) as.character(x) else x)
  rows <- rep(TRUE, nrow(data))
  for (column in names(where)) rows <- rows & data[[column]] %in% where[[column]]
  use <- data[rows, , drop = FALSE]
  pick <- function(role) use[[roles[[role]]]]
  if (measure == "GEN") {
    yi <- pick("estimate")
    vi <- if ("var" %in% names(roles)) pick("var") else pick("se")^2
  } else {
    codes <- c(events1 = "ai", n1 = "n1i", events2 = "ci", n2 = "n2i", time1 = "t1i", time2 = "t2i",
               mean1 = "m1i", sd1 = "sd1i", mean2 = "m2i", sd2 = "sd2i", r = "ri", n = "ni", events = "xi")
    if (measure %in% c("IRR")) codes[c("events1", "events2")] <- c("x1i", "x2i")
    call <- lapply(names(roles), pick)
    names(call) <- codes[names(roles)]
    es <- do.call(escalc, c(list(measure = measure), call))
    yi <- as.numeric(es$yi)
    vi <- as.numeric(es$vi)
  }
  stopifnot(!anyNA(yi), !anyNA(vi), all(vi > 0))
  out[[name]] <<- list(measure = measure, roles = as.list(roles), where = if (is.null(where)) setNames(list(), character()) else lapply(where, as.list),
                       columns = as.list(data), rows = which(rows) - 1L, yi = yi, vi = vi)
}

two_arm <- c(events1 = "events1", n1 = "n1", events2 = "events2", n2 = "n2")
means <- c(mean1 = "mean1", sd1 = "sd1", n1 = "n1", mean2 = "mean2", sd2 = "sd2", n2 = "n2")
generic <- c(estimate = "estimate", var = "var")
known <- function(...) ifelse(complete.cases(...), "yes", "no")

# ---- two arms, events -------------------------------------------------------------------------
d <- dat.bcg
add("bcg", data.frame(study = paste(d$author, d$year), author = d$author, year = d$year,
  events1 = d$tpos, n1 = d$tpos + d$tneg, events2 = d$cpos, n2 = d$cpos + d$cneg,
  latitude = d$ablat, allocation = d$alloc), "RR", two_arm)
d <- dat.hine1989
add("hine1989", data.frame(study = d$source, events1 = d$ai, n1 = d$n1i, events2 = d$ci, n2 = d$n2i), "RD", two_arm)
d <- dat.yusuf1985
add("yusuf1985", data.frame(table = d$table, trial_id = d$id, study = d$trial, events1 = d$ai, n1 = d$n1i,
  events2 = d$ci, n2 = d$n2i, counts_known = known(d[, c("ai", "n1i", "ci", "n2i")])), "OR", two_arm,
  list(table = "6", counts_known = "yes"))
d <- dat.collins1985a
add("collins1985a", data.frame(study = paste(d$trial, d$year), year = d$year,
  drug = unname(c(C = "cimetidine", R = "ranitidine")[d$trt]),
  control = unname(c(P = "placebo", AA = "antacids", UT = "usual treatment")[d$ctrl]),
  n1 = d$nti, n2 = d$nci, rebleeds1 = d$b.xti, rebleeds2 = d$b.xci, operations1 = d$o.xti, operations2 = d$o.xci,
  deaths1 = d$d.xti, deaths2 = d$d.xci, rebleeds_known = known(d[, c("b.xti", "b.xci")])), "OR",
  c(events1 = "rebleeds1", n1 = "n1", events2 = "rebleeds2", n2 = "n2"), list(rebleeds_known = "yes"))
d <- dat.collins1985b
add("collins1985b", data.frame(study = paste(d$author, d$year), year = d$year, n1 = d$pre.nti, n2 = d$pre.nci,
  preeclampsia1 = d$pre.xti, preeclampsia2 = d$pre.xci, oedema_counted = ifelse(d$oedema == 1, "yes", "no"),
  followed1 = d$fup.nti, followed2 = d$fup.nci, perinatal_deaths1 = d$ped.xti, perinatal_deaths2 = d$ped.xci,
  stillbirths1 = d$stb.xti, stillbirths2 = d$stb.xci, neonatal_deaths1 = d$ned.xti, neonatal_deaths2 = d$ned.xci),
  "OR", c(events1 = "preeclampsia1", n1 = "n1", events2 = "preeclampsia2", n2 = "n2"))
plain <- function(name, d, measure, study, ...) {
  add(name, data.frame(study = study, ..., events1 = d$ai, n1 = d$n1i, events2 = d$ci, n2 = d$n2i), measure, two_arm)
}
plain("li2007", dat.li2007, "OR", paste(dat.li2007$study, dat.li2007$year), year = dat.li2007$year)
plain("egger2001", dat.egger2001, "OR", paste(dat.egger2001$study, dat.egger2001$year), year = dat.egger2001$year)
plain("lau1992", dat.lau1992, "OR", paste(dat.lau1992$trial, dat.lau1992$year), year = dat.lau1992$year)
plain("lee2004", dat.lee2004, "RR", paste(dat.lee2004$study, dat.lee2004$year), year = dat.lee2004$year)
plain("graves2010", dat.graves2010, "RR", trimws(dat.graves2010$study))
d <- dat.hahn2001
plain("hahn2001", d, "RR", trimws(sub("Banhladesh", "Bangladesh", d$study)))
d <- dat.laopaiboon2015
plain("laopaiboon2015", d, "RR", paste(d$author, d$year), year = d$year, age_group = d$age, control = d$ctrl)
d <- dat.nielweise2007
plain("nielweise2007", d, "OR", paste(d$author, d$year), year = d$year)
d <- dat.linde2005
add("linde2005", data.frame(study = trimws(paste(gsub("&", "and", d$study), ifelse(is.na(d$year), "", d$year))), year = d$year, country = d$country,
  major_depression_only = ifelse(d$major == 1, "yes", "no"), weeks = d$duration, events1 = d$ai, n1 = d$n1i,
  events2 = d$ci, n2 = d$n2i, counts_known = known(d[, c("ai", "n1i", "ci", "n2i")])), "RR", two_arm, list(counts_known = "yes"))
d <- dat.damico2009
add("damico2009", data.frame(study = paste(d$study, d$year), year = d$year, events1 = d$xt, n1 = d$nt, events2 = d$xc, n2 = d$nc,
  concealed = ifelse(d$conceal == 1, "yes", "no"), blinded = ifelse(d$blind == 1, "yes", "no")), "OR", two_arm)
d <- dat.dorn2007
add("dorn2007", data.frame(study = paste(d$study, d$year), year = d$year, country = d$country, days = d$days, visits = d$visits,
  jadad = d$jadad, events1 = d$x.a, n1 = d$n.a, events2 = d$x.p, n2 = d$n.p), "RR", two_arm)
d <- dat.viechtbauer2021
add("viechtbauer2021", data.frame(study = paste("Trial", d$trial), dose = d$dose, events1 = d$xTi, n1 = d$nTi, events2 = d$xCi, n2 = d$nCi), "OR", two_arm)
d <- dat.cannon2006
add("cannon2006", data.frame(study = d$trial, population = d$pop, events1 = d$ep1t, n1 = d$nt, events2 = d$ep1c, n2 = d$nc), "OR", two_arm)
d <- dat.bornmann2007
add("bornmann2007", data.frame(study = d$study, comparison = d$obs, year = d$year, organisation = d$org, country = d$country, kind = d$type,
  discipline = d$discipline, events1 = d$waward, n1 = d$wtotal, events2 = d$maward, n2 = d$mtotal), "OR", two_arm)

# ---- two arms, person-time --------------------------------------------------------------------
rates <- c(events1 = "events1", time1 = "time1", events2 = "events2", time2 = "time2")
d <- dat.hart1999
add("hart1999", data.frame(study = paste(d$study, d$year), year = d$year, prevention = d$prevtype, comparator = d$compgrp, events1 = d$x1i, n1 = d$n1i,
  time1 = d$t1i, events2 = d$x2i, n2 = d$n2i, time2 = d$t2i), "IRR", rates)
d <- dat.nielweise2008
add("nielweise2008", data.frame(study = paste(d$authors, d$year), year = d$year, events1 = d$x1i, time1 = d$t1i, events2 = d$x2i, time2 = d$t2i), "IRR", rates)

# ---- means ------------------------------------------------------------------------------------
d <- dat.normand1999
add("normand1999", data.frame(study = d$source, mean1 = d$m1i, sd1 = d$sd1i, n1 = d$n1i, mean2 = d$m2i, sd2 = d$sd2i, n2 = d$n2i), "MD", means)
d <- dat.gibson2002
add("gibson2002", data.frame(study = paste(d$author, d$year), year = d$year, education_type = d$type, mean1 = d$m1i, sd1 = d$sd1i, n1 = d$n1i,
  mean2 = d$m2i, sd2 = d$sd2i, n2 = d$n2i, events1 = d$ai, nonevents1 = d$bi, events2 = d$ci, nonevents2 = d$di,
  means_known = known(d[, c("m1i", "sd1i", "m2i", "sd2i")])), "SMD", means, list(means_known = "yes"))
d <- dat.curtis1998
add("curtis1998", data.frame(study = paste("Paper", d$paper), observation = d$id, genus = tools::toTitleCase(tolower(d$genus)), species = tolower(d$species),
  functional_group = d$fungrp, co2_ambient = d$co2.ambi, co2_elevated = d$co2.elev, days = d$time, stock = d$stock,
  interacting_treatment = d$xtrt, mean1 = d$m1i, sd1 = d$sd1i, n1 = d$n1i, mean2 = d$m2i, sd2 = d$sd2i, n2 = d$n2i), "ROM", means)
d <- dat.michael2013
add("michael2013", data.frame(study = gsub("\\s+", " ", trimws(d$Study)), critique = d$Included_Critique, medium = d$Medium, mean1 = d$Brain_m, sd1 = d$Brain_s,
  n1 = d$Brain_n, mean2 = d$No_brain_m, sd2 = d$No_brain_s, n2 = d$No_brain_n), "MD", means)

# ---- correlations and proportions -------------------------------------------------------------
rn <- c(r = "r", n = "n")
d <- dat.molloy2014
add("molloy2014", data.frame(study = paste(d$authors, d$year), year = d$year, r = d$ri, n = d$ni, design = d$design, mean_age = d$meanage, quality = d$quality), "ZCOR", rn)
d <- dat.mcdaniel1994
add("mcdaniel1994", data.frame(study = paste("Study", d$study), r = d$ri, n = d$ni,
  interview = unname(c(j = "job-related", p = "psychological", s = "situational")[as.character(d$type)]),
  structure = unname(c(s = "structured", u = "unstructured")[as.character(d$struct)])), "ZCOR", rn)
d <- dat.cohen1981
add("cohen1981", data.frame(study = d$study, course = d$sample, r = d$ri, n = d$ni), "ZCOR", rn)
d <- dat.pritz1997
add("pritz1997", data.frame(study = d$authors, events = d$xi, n = d$ni), "PLO", c(events = "events", n = "n"))
d <- dat.debruin2009
add("debruin2009", data.frame(study = trimws(paste(d$author, d$year)), year = d$year, care_quality = d$scq, events = d$xi, n = d$ni), "PLO", c(events = "events", n = "n"))

# ---- estimates with their variances -----------------------------------------------------------
d <- dat.raudenbush1985
add("raudenbush1985", data.frame(study = paste(d$author, d$year), year = d$year, weeks = d$weeks, setting = unname(c(group = "group", indiv = "individual")[as.character(d$setting)]), tester = d$tester,
  n1 = d$n1i, n2 = d$n2i, estimate = d$yi, var = d$vi), "GEN", generic)
d <- dat.konstantopoulos2011
add("konstantopoulos2011", data.frame(study = paste0("District ", d$district, ", school ", d$school), district = d$district, school = d$school, year = d$year,
  estimate = d$yi, var = d$vi), "GEN", generic)
d <- dat.berkey1998
add("berkey1998", data.frame(study = paste(d$author, d$year), year = d$year, n = d$ni, outcome = d$outcome, estimate = d$yi, var = d$vi,
  covariance_pd = d$v1i, covariance_al = d$v2i), "GEN", generic, list(outcome = "PD"))
d <- dat.bangertdrowns2004
add("bangertdrowns2004", data.frame(study = paste(d$author, d$year), year = d$year, grade = d$grade, weeks = d$length, n = d$ni, estimate = d$yi, var = d$vi), "GEN", generic)
d <- dat.hackshaw1998
add("hackshaw1998", data.frame(study = paste(d$author, d$year), year = d$year, country = d$country, design = d$design, cases = d$cases, or_printed = d$or,
  ci_low_printed = d$or.lb, ci_high_printed = d$or.ub, estimate = as.numeric(d$yi), var = as.numeric(d$vi)), "GEN", generic)
d <- dat.baskerville2012
add("baskerville2012", data.frame(study = paste(d$author, d$year), year = d$year, quality = d$score, design = d$design, estimate = d$smd, se = d$se), "GEN",
  c(estimate = "estimate", se = "se"))
d <- dat.pignon2000
add("pignon2000", data.frame(study = d$trial, timing = unname(c("adjuvant", "neoadjuvant", "concomitant")[d$grp]), o_minus_e = d$OmE, variance = d$V,
  estimate = d$OmE / d$V, var = 1 / d$V), "GEN", generic)

result <- list(versions = list(R = as.character(getRversion()), metafor = as.character(packageVersion("metafor")),
  metadat = as.character(packageVersion("metadat"))), data = out)
write(toJSON(result, digits = I(17), auto_unbox = TRUE, na = "null", null = "null"), file.path(here, "classic_data.json"))
