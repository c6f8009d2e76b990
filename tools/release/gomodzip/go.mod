module github.com/lbc-dev/lbc/tools/release/gomodzip

go 1.25.0

require golang.org/x/mod v0.35.0
