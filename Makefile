# The commands that people type. What they do is in scripts/, one file each.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.PHONY: help demo dev test check format release bench verdicts

export PORT ?= 8480
export ROWS ?= 10000

help: ## this list
	@sed -n 's/^\([a-z]*\): ## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 18

# exec, so that no shell stands between make and the command when Ctrl-C comes.
demo: ## the console with a throw-away database at http://127.0.0.1:8480 (PORT=8480 ROWS=10000 FRESH=1)
	@exec scripts/demo.sh

dev: ## the demo, built and started again at every change
	@exec scripts/dev.sh

test: ## all tests: Rust, a real PostgreSQL, a real browser
	@exec scripts/test.sh

check: ## formatting and lints, without running anything
	@exec scripts/check.sh

format: ## the form that check asks for
	@exec scripts/format.sh

release: ## one binary with its assets inside: target/release/kneeboard
	@exec scripts/release.sh

verdicts: ## TextLoom's validation queries with their verdicts, at 10,000 and 100,000 tasks
	@exec scripts/verdicts.sh

bench: ## how fast it is on this machine
	@exec scripts/bench.sh
