# Exhibit. `make demo` and `make test` are all a fresh Debian 12 machine needs.
#   make           both programs          make demo       the whole path on real input, ending with a tampered copy
#   make test      the suite              make test-long  bit flips over a whole file, faults, fuzzing
#   make asan      the suite under ASan and UBSan         make valgrind   the suite's programs under valgrind
#   make dist      a tarball with the static analyzer and man pages   make lint   layers, symbols, findings, clauses   make help   this text
CC      = gcc
CFLAGS  = -std=c11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes -I/usr/include/postgresql -fstack-protector-strong \
          -D_FORTIFY_SOURCE=2 -Isrc
LDFLAGS = -Wl,-z,relro,-z,now
B       = build

SHARED   = $(wildcard src/base/*.c src/json/*.c src/digest/*.c src/log/*.c src/record/*.c src/index/*.c) src/event/column.c src/event/body.c \
           src/event/view.c src/event/version.c $(wildcard src/archive/*.c src/finding/*.c src/verify/*.c) src/cmd/cli.c
EXPORTER = $(SHARED) src/event/build.c src/read/select.c $(wildcard src/source/*.c src/write/*.c src/cmd/export/*.c)
ANALYZER = $(SHARED) $(wildcard src/read/*.c src/tables/*.c src/sql/*.c src/compare/*.c src/yaml/*.c src/objects/*.c src/rebuild/*.c src/approval/*.c src/report/*.c src/cmd/analyze/*.c)
OBJ      = $(patsubst src/%.c,$(B)/%.o,$(sort $(EXPORTER) $(ANALYZER)))
EXPORTER_OBJ = $(patsubst src/%.c,$(B)/%.o,$(EXPORTER))
ANALYZER_OBJ = $(patsubst src/%.c,$(B)/%.o,$(ANALYZER))

PACKAGES = gcc make libc6-dev libsqlite3-dev libzstd-dev libssl-dev libyaml-dev libarchive-dev zlib1g-dev libbz2-dev liblzma-dev libpq-dev libcurl4-openssl-dev libhiredis-dev libcmocka-dev sqlite3 zstd openssl python3 python3-yaml python3-jsonschema libyaml-pp-perl binutils mandoc
TEST_PACKAGES = postgresql-15 pgbouncer redis-server shellcheck

all: deps exhibit exhibit-export key-mode

# The fixtures' signing key as keygen leaves it (S-6): git keeps no such modes.
key-mode:
	@chmod 600 fixtures/test.key

# Says what is missing; installs it where it may.
deps: $(B)/deps
$(B)/deps: Makefile
	@$(MAKE) -s --no-print-directory install WANT="$(PACKAGES)"
	@touch $@

# A server for the suite: only make test wants it.
$(B)/deps-test: Makefile $(B)/deps
	@$(MAKE) -s --no-print-directory install WANT="$(TEST_PACKAGES)"
	@touch $@

install:
	@mkdir -p $(B)
	@missing=; for p in $(WANT); do dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then \
	    if [ "$$(id -u)" = 0 ]; then echo "installing:$$missing"; apt-get update -q >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $$missing >$(B)/apt.log 2>&1 || { cat $(B)/apt.log; exit 1; }; \
	    else echo "missing packages; install them with: sudo apt-get install$$missing"; exit 1; fi; fi

exhibit: $(ANALYZER_OBJ)
	@$(CC) $(CFLAGS) $(LDFLAGS) -static -o $@ $^ -lsqlite3 -lzstd -lyaml -lcrypto -lpthread -lm 2>$(B)/link.log || { cat $(B)/link.log; exit 1; }

exhibit-export: $(EXPORTER_OBJ)
	@$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -larchive -lz -lbz2 -llzma -lpq -lcurl -lhiredis -lsqlite3 -lzstd -lcrypto -lpthread -lm

$(B)/%.o: src/%.c | $(B)/deps
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

-include $(OBJ:.o=.d)

demo: all
	@sh tools/demo.sh

test: all $(B)/deps-test
	@sh tests/run.sh

test-long: all $(B)/deps-test
	@sh tests/run.sh long

asan: $(B)/deps-test
	@sh tests/run.sh asan

valgrind: all $(B)/deps-test
	@sh tests/run.sh valgrind

dist: all
	@sh tools/dist/dist.sh

bench: all
	@python3 tools/bench/bench.py

lint: all
	@sh tools/lint.sh

help:
	@sed -n '2,5s/^# *//p' Makefile

clean:
	rm -rf $(B) build-asan exhibit exhibit-export

.PHONY: install all key-mode deps demo dist test test-long asan valgrind bench lint help clean

# for tests
print-analyzer:
	@echo $(ANALYZER_OBJ)
print-exporter:
	@echo $(EXPORTER_OBJ)
print-sources-analyzer:
	@echo $(ANALYZER)
print-sources-exporter:
	@echo $(EXPORTER)
.PHONY: install print-analyzer print-exporter print-sources-analyzer print-sources-exporter
