# make is the front door: every word here is all that is needed, and CI runs the same ones.
SHELL := /bin/bash
GO ?= go
export CGO_ENABLED ?= 1
BIN := bin/stoa
FUZZTIME ?= 10m

.PHONY: help run build test lint check bench fuzz soak generate model shots tools

help: ## Print these words
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | column -t -s "$$(printf '\t')"

build: ## Build bin/stoa
	$(GO) build -trimpath -o $(BIN) ./cmd/stoa

run: build ## Build and start everything on the embedded default: http://127.0.0.1:8080/
	$(BIN) serve

test: tools ## Pass all tests, with the race detector, in any order
	$(GO) test -race -shuffle=on -timeout 15m ./...

lint: ## Format, vet, static analysis, tidy module
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo 'run gofmt -w on these'; exit 1; }
	$(GO) mod tidy -diff
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

check: lint test ## Everything that must pass before a change lands

bench: ## Measure against named limits, in the same run
	$(GO) run ./cmd/stoa bench

# An input that reaches something new is made smaller before the search goes on, by default for up to a minute each: most of ten minutes went into that.
fuzz: ## Run each fuzz target for FUZZTIME (10m)
	@for pkg in $$($(GO) list ./...); do \
	  for f in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "$$pkg $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$pkg || exit 1; \
	  done; done

soak: tools ## The long tests: kills, damage, slow readers, simulated years
	STOA_SOAK=1 $(GO) test -timeout 3h -count=1 -v -run 'Guard|Soak|Kill|Damage' ./...
	@for zone in America/New_York Asia/Kolkata Pacific/Kiritimati; do echo "in the zone $$zone"; TZ=$$zone $(GO) test -shuffle=on -timeout 30m ./... || exit 1; done

model: ## Train the embedded classifier anew; the same data give the same bytes
	$(GO) run ./normalize/eval/train

shots: tools ## Take the pictures of the README anew
	STOA_SHOTS=$(CURDIR)/docs/shots $(GO) test ./cmd/stoa -count=1 -run TestSoakEveryPageFitsAndIsJudged

generate: ## Rewrite generated files (pages)
	$(GO) tool templ generate

tools:
	@./.ci/tools
