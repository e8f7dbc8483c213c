# metafor's side, with its default control settings; a batch is a loop over the first outcomes.
# One request a line in, one JSON answer a line out, as in serving.py.
suppressPackageStartupMessages(library(metafor))

folder <- commandArgs(trailingOnly = TRUE)[1]
bcg <- read.csv(file.path(folder, "bcg.csv"))
batch <- read.csv(file.path(folder, "batch_head.csv"), header = FALSE)
pooled <- rma(yi, vi, data = bcg)

pool_many <- function(method) {
  k <- ncol(batch) / 2
  mean(apply(batch, 1, function(row) rma(row[1:k], row[k + 1:k], method = method)$tau2))
}

calls <- list(
  reml_z = function() rma(yi, vi, data = bcg)$tau2,
  reml_kh = function() rma(yi, vi, data = bcg, test = "knha")$tau2,
  pm_z = function() rma(yi, vi, data = bcg, method = "PM")$tau2,
  leave_one_out = function() leave1out(pooled)$tau2[1],
  batch_load = function() nrow(batch),
  batch_DL = function() pool_many("DL"),
  batch_REML = function() pool_many("REML")
)

now <- function() as.numeric(Sys.time())

time_calls <- function(call, seconds) {
  answer <- call()
  start <- now()
  call()
  block <- max(1, floor(seconds / 10 / max(now() - start, 1e-6)))
  times <- c()
  end <- now() + seconds
  while (length(times) == 0 || now() < end) {
    start <- now()
    for (i in seq_len(block)) call()
    times <- c(times, (now() - start) / block)
  }
  c(seconds = median(times), answer = answer)
}

time_once <- function(call) {
  start <- now()
  answer <- call()
  c(seconds = now() - start, answer = answer)
}

say <- function(text) {
  cat(text, "\n", sep = "")
  flush(stdout())
}

names_json <- paste0('"', sort(names(calls)), '"', collapse = ", ")
say(sprintf('{"version": "%s", "workloads": [%s]}', packageVersion("metafor"), names_json))
input <- file("stdin", open = "r")
while (length(line <- readLines(input, n = 1)) > 0) {
  workload <- sub('.*"workload": *"([^"]+)".*', "\\1", line)
  seconds <- as.numeric(sub('.*"seconds": *([0-9.]+).*', "\\1", line))
  found <- tryCatch(
    if (seconds > 0) time_calls(calls[[workload]], seconds) else time_once(calls[[workload]]),
    error = function(e) NULL
  )
  if (is.null(found)) {
    say('{"error": "R stopped with an error"}')
    next
  }
  say(sprintf('{"seconds": %.9g, "answer": %.15g, "peak_mib": null}', found[["seconds"]], found[["answer"]]))
}
