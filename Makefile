# The one entry to everything that people and CI do. `make help` lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help
SWIFT ?= swift
PREFIX ?= /usr/local
BUILD_FLAGS ?=
export DEBIAN_FRONTEND := noninteractive

.PHONY: help dependencies run build release test lint format bench fuzz sanitize docs install clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

dependencies: ## Install what building, running and testing need from Debian's packages
	@scripts/install-dependencies

run: dependencies release ## Build, then show the whole main job on real input (quorate try)
	@.build/release/quorate try

build: dependencies ## Debug build
	$(SWIFT) build $(BUILD_FLAGS)

release: dependencies ## Release build of the program
	$(SWIFT) build -c release --product quorate $(BUILD_FLAGS)

test: dependencies ## Everything, from a clean clone
	$(SWIFT) build --build-tests $(BUILD_FLAGS)
	$(SWIFT) test --skip-build $(BUILD_FLAGS)

lint: ## Format and conventions, warnings as errors
	$(SWIFT) format lint --strict --parallel --recursive Package.swift Sources Tests
	scripts/lint-conventions

format: ## Rewrite the sources in the project's format
	$(SWIFT) format --in-place --parallel --recursive Package.swift Sources Tests

clean: ## Remove what was built
	rm -rf .build .build-*
