# The one entry to everything that people and CI do. `make help` lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help
SWIFT ?= swift
PREFIX ?= /usr/local
BUILD_FLAGS ?=
# Swift's libraries go into the program: it starts twice as fast, and runs where there is no toolchain.
RELEASE := -c release --static-swift-stdlib
FUZZ_SECONDS ?= 20
TARGET ?=
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
	$(SWIFT) build $(RELEASE) --product quorate $(BUILD_FLAGS)

test: dependencies ## Everything, from a clean clone
	$(SWIFT) build --build-tests $(BUILD_FLAGS)
	@# One after the other: many tests wait for clocks, and on few cores those that compute would make them late.
	$(SWIFT) test --skip-build --no-parallel $(BUILD_FLAGS)

# `make bench FIGURES="verify hash"` runs some of the figures; `QUORATE=…` measures another build of the program.
QUORATE ?= .build/release/quorate
FIGURES ?=

bench: dependencies release ## Compare speed and memory with nix, nginx and openssl, side by side
	@scripts/install-dependencies bench
	QUORATE_BENCHMARKS=1 $(SWIFT) build $(RELEASE) --product QuorateBench $(BUILD_FLAGS)
	@"$$($(SWIFT) build $(RELEASE) --show-bin-path $(BUILD_FLAGS))/QuorateBench" --quorate $(QUORATE) --work .build/benchmarks --report .build/benchmarks/report.md $(if $(GUIX_PREFIX),--guix-prefix "$(GUIX_PREFIX)") $(FIGURES)

fuzz: dependencies ## Fuzz every parser of hostile input, 20 seconds each (TARGET=name FUZZ_SECONDS=n)
	SWIFT="$(SWIFT)" BUILD_FLAGS="$(BUILD_FLAGS)" scripts/fuzz $(FUZZ_SECONDS) $(TARGET)

SWIFT_SOURCES := Package.swift Benchmarks Fuzz Sources Tests

lint: dependencies ## Format and conventions, warnings as errors
	$(SWIFT) format lint --strict --parallel --recursive $(SWIFT_SOURCES)
	scripts/lint-conventions

format: dependencies ## Rewrite the sources in the project's format
	$(SWIFT) format --in-place --parallel --recursive $(SWIFT_SOURCES)

# Modules below everything that waits for the network: quick, and where memory and threads are handled by hand.
# Not Observability under the thread sanitizer: it does not see that Swift's own Mutex locks, and reports each use.
THREAD_SANITIZED ?= ^(Edwards25519|Quorum|StoreFormats|Compression|DurableFiles|ClientSetup)Tests[.]
ADDRESS_SANITIZED ?= ^(Edwards25519|Quorum|StoreFormats|Compression|DurableFiles|ClientSetup|Observability)Tests[.]

sanitize: dependencies ## Tests of the lower modules under the thread and the address sanitizer
	$(SWIFT) test --sanitize thread --scratch-path .build-thread --filter '$(THREAD_SANITIZED)' $(BUILD_FLAGS)
	LSAN_OPTIONS=suppressions=$(CURDIR)/Tests/leak-suppressions \
		$(SWIFT) test --sanitize address --scratch-path .build-address --filter '$(ADDRESS_SANITIZED)' $(BUILD_FLAGS)

docs: release ## Man pages and completions (.build/pages), pages of the two libraries (.build/docs)
	$(SWIFT) build $(RELEASE) --product generate-manual $(BUILD_FLAGS)
	scripts/make-pages .build/release/quorate .build/release/generate-manual .build/pages
	scripts/make-library-pages .build/docs Quorum StoreFormats

# `make install DESTDIR=/tmp/root PREFIX=/usr` for packagers. Builds first, unless that was done.
install: release ## Install program, man pages, completions and docs below PREFIX
	$(SWIFT) build $(RELEASE) --product generate-manual $(BUILD_FLAGS)
	scripts/make-pages .build/release/quorate .build/release/generate-manual .build/pages
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 755 .build/release/quorate $(DESTDIR)$(PREFIX)/bin/quorate
	install -m 644 .build/pages/man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1
	install -D -m 644 .build/pages/completions/quorate.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/quorate
	install -D -m 644 .build/pages/completions/_quorate $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_quorate
	install -D -m 644 .build/pages/completions/quorate.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/quorate.fish
	install -d $(DESTDIR)$(PREFIX)/share/quorate/examples
	cp -r Examples/. $(DESTDIR)$(PREFIX)/share/quorate/examples/
	install -d $(DESTDIR)$(PREFIX)/share/doc/quorate
	cp -r docs README.md CHANGELOG.md $(DESTDIR)$(PREFIX)/share/doc/quorate/

clean: ## Remove what was built
	rm -rf .build .build-*
