# How factominer.json was made: FactoMineR 2.7 on R 4.2.2, 60 made-up entities, 8 terms, 3 clusters.
# Reads in.csv (columns t0..t7 absent/present, mode, count, clust), writes out.json.
suppressMessages(library(FactoMineR)); options(digits=17)
d<-read.csv('in.csv',stringsAsFactors=TRUE); q<-8
for(j in 1:q) d[[j]]<-factor(d[[j]],levels=c('absent','present'))
d$clust<-factor(d$clust)
m<-MCA(d[,1:q],ncp=5,graph=FALSE)
sink('out.json')
f<-function(x) paste0('[',paste(sprintf('%.17g',x),collapse=','),']')
cat('{"eigenvalues":',f(m$eig[,1]),',\n"coordinates":[',paste(apply(m$ind$coord,1,f),collapse=','),'],\n')
c1<-catdes(d,num.var=ncol(d),proba=1)
cat('"v_tests":{')
first<-TRUE
for(k in names(c1$category)){ tab<-c1$category[[k]]; for(r in rownames(tab)){ if(grepl('absent',r)) next; cat(if(first) '' else ',','"',k,'|',sub('=.*present','',sub('mode=','',r)),'":[',sprintf('%.17g',tab[r,'p.value']),',',sprintf('%.17g',tab[r,'v.test']),']',sep=''); first<-FALSE}}
cat('},\n"count_v":{')
first<-TRUE
for(k in names(c1$quanti)){ tab<-c1$quanti[[k]]; for(r in rownames(tab)){cat(if(first)'' else ',','"',k,'|',r,'":[',sprintf('%.17g',tab[r,'p.value']),',',sprintf('%.17g',tab[r,'v.test']),']',sep='');first<-FALSE}}
cat('}}\n'); sink()
