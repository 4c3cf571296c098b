# R's side of the clustering benchmark: Rscript clustering_peers.R PEER FOLDER REPEATS
# PEER is igraph or FactoMineR; both read the files that the benchmark wrote and print one line of
# JSON. Libraries and data are loaded before the clock starts. `cluster_assets_bench.clustering_peers`
# runs this file where R has the package.
arguments <- commandArgs(trailingOnly = TRUE)
peer <- arguments[1]; folder <- arguments[2]; repeats <- as.integer(arguments[3])
options(digits = 17)

# JSON knows no infinity: catdes gives one where its p-value underflows
numbers <- function(x) {
  paste0("[", paste(ifelse(is.finite(x), sprintf("%.17g", x), "null"), collapse = ","), "]")
}
arrays <- function(x) paste0("[", paste(x, collapse = ","), "]")
named <- function(...) {
  parts <- list(...)
  paste0("{", paste(sprintf('"%s":%s', names(parts), unlist(parts)), collapse = ","), "}")
}
peak_mb <- function() {
  status <- grep("VmHWM", readLines("/proc/self/status"), value = TRUE)
  as.numeric(gsub("[^0-9]", "", status)) / 1024
}
seconds_of <- function(call) as.numeric(system.time(call)["elapsed"])

communities <- function() {
  suppressMessages(library(igraph))
  answers <- list()
  for (path in Sys.glob(file.path(folder, "*.tsv"))) {
    edges <- read.table(path, header = TRUE)
    graph <- graph_from_edgelist(as.matrix(edges[, 1:2]) + 1, directed = FALSE)
    rounds <- if (nrow(edges) > 250000) 2 else -1
    seconds <- c(); labels <- c()
    for (run in seq_len(repeats)) {
      set.seed(run)
      seconds <- c(seconds, seconds_of(
        found <- cluster_leiden(graph, objective_function = "modularity", weights = edges$w,
                                n_iterations = rounds)))
      labels <- c(labels, numbers(membership(found) - 1))
    }
    answers[[sub(".tsv", "", basename(path))]] <- named(seconds = numbers(seconds),
                                                        labels = arrays(labels))
  }
  answers
}

factors <- function() {
  suppressMessages(library(FactoMineR))
  table <- read.csv(file.path(folder, "clinical.csv"), check.names = FALSE)
  names(table) <- paste0("t", seq_along(table))
  ours <- scan(file.path(folder, "clinical.labels"), quiet = TRUE)
  n_clusters <- max(ours) + 1
  for (name in names(table)) table[[name]] <- factor(table[[name]], 0:1, c("absent", "present"))
  fits <- c(); trees <- c(); tests <- c()
  for (run in seq_len(repeats)) {
    fits <- c(fits, seconds_of(mca <- MCA(table, ncp = 8, graph = FALSE)))
    trees <- c(trees, seconds_of(
      tree <- HCPC(mca, nb.clust = n_clusters, kk = Inf, consol = TRUE, graph = FALSE)))
    tests <- c(tests, seconds_of(
      profile <- catdes(cbind(table, cluster = factor(ours)), ncol(table) + 1, proba = 1)))
  }
  v <- matrix(0, n_clusters, ncol(table))
  for (cluster in seq_len(n_clusters)) {
    rows <- profile$category[[as.character(cluster - 1)]]
    rows <- rows[grepl("=.*present$", rownames(rows)), , drop = FALSE]
    v[cluster, as.integer(sub("^t([0-9]+)=.*", "\\1", rownames(rows)))] <- rows[, "v.test"]
  }
  list(fit = numbers(fits), tree = numbers(trees), tests = numbers(tests),
       eigenvalues = numbers(mca$eig[, 1]),
       coordinates = arrays(apply(mca$ind$coord, 1, numbers)),
       labels = numbers(as.integer(tree$data.clust$clust) - 1),
       v = arrays(apply(v, 1, numbers)))
}

answer <- if (peer == "igraph") communities() else factors()
cat(do.call(named, c(answer, peak_mb = sprintf("%.1f", peak_mb()))), "\n", sep = "")
