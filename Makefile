# Exhibit. `make demo` and `make test` are all a fresh Debian 12 machine needs: these two install what is missing.
#
#   make            both programs                  make exhibit    the analyzer alone, without the exporter's libraries
#   make demo       the whole path on real input   make test       the suite
#   make install    programs, man pages and completions, below DESTDIR and PREFIX (/usr/local); make uninstall takes them away
#   make lint       layers, findings, clauses      make dist       a tarball with the static analyzer and man pages
#   make test-long  flips, kills, faults, fuzzing  make asan       the suite under ASan and UBSan
#   make warnings   gcc and clang, none let pass   make unit       known answers of the modules
#   make valgrind   the suite under valgrind       make bench      figures of speed
#   make packages   install what is missing        make consumers  what reads our outputs
#   make wasm       exhibit.html, the analyzer for a browser                   make clean, make help
#
# Of the command line: CC, CFLAGS (optimisation and warnings), CPPFLAGS, LDFLAGS; STATIC= links the analyzer dynamically;
# B=/elsewhere puts objects and programs there (else objects go to build/, the programs beside this file).

CC       = gcc
# Help is longer than C99 promises to take (4095); strings that go on in the next line are meant.
WARN     = -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes \
           -Wno-overlength-strings $(if $(findstring clang,$(CC)),-Wno-string-concatenation)
CFLAGS   = -O2 -g $(WARN)
CPPFLAGS =
LDFLAGS  = -Wl,-z,relro,-z,now
STATIC   = -static
B        = build
PREFIX   = /usr/local
DESTDIR  =
BINDIR   = $(PREFIX)/bin
MANDIR   = $(PREFIX)/share/man
RULESDIR = $(PREFIX)/share/exhibit/rules
BASHDIR  = $(PREFIX)/share/bash-completion/completions
ZSHDIR   = $(PREFIX)/share/zsh/site-functions
FISHDIR  = $(PREFIX)/share/fish/vendor_completions.d

# The platform that is built for: a file of src/os/, and what stands for what only Linux has.
OS       = linux
NOT_HERE = $(if $(filter linux,$(OS)),%_none.c,src/cmd/analyze/sandbox.c src/cmd/analyze/unpacked.c)

# What no command line takes away. glibc checks buffers only where it optimises, and warns elsewhere.
FORTIFY  = $(if $(filter-out -O0,$(filter -O%,$(CFLAGS))),$(if $(findstring -fsanitize,$(CFLAGS)),,-D_FORTIFY_SOURCE=2))
HARDEN   = -fstack-protector-strong
LIBPQ   := $(shell pkg-config --cflags libpq 2>/dev/null || echo -I/usr/include/postgresql)
COMPILE  = $(CC) -std=c11 -D_GNU_SOURCE -Isrc -isystem $(B)/lib/xlsxwriter/include -isystem $(B)/lib $(HARDEN) $(FORTIFY) $(CPPFLAGS) $(CFLAGS)

# Both programs hold SHARED; tools/lint.sh sees to it that the analyzer has nothing of source/ and write/.
SHARED   = src/os/$(OS).c $(if $(filter-out linux,$(OS)),src/os/sort.c) $(wildcard src/base/*.c src/json/*.c src/digest/*.c src/log/*.c src/record/*.c src/index/*.c) \
           src/event/column.c src/event/body.c src/event/view.c src/event/version.c src/event/types.c \
           $(wildcard src/archive/*.c src/finding/*.c src/chain/*.c src/verify/*.c) $(wildcard src/cmd/*.c)
EXPORTER = $(SHARED) src/event/build.c src/read/select.c src/read/reading.c src/read/census.c $(wildcard src/source/*.c src/write/*.c src/witness/*.c src/cmd/export/*.c) \
           src/trust/prove.c src/trust/tlog.c src/trust/cosigned.c src/trust/stamp.c
ANALYZER = $(SHARED) $(wildcard src/selftest/*.c src/trust/*.c src/read/*.c src/tables/*.c src/sql/*.c src/analysis/*.c src/compare/*.c src/yaml/*.c src/objects/*.c \
           src/rebuild/*.c src/approval/*.c src/report/*.c src/report/html/*.c) \
           $(filter-out $(NOT_HERE),$(wildcard src/cmd/analyze/*.c))
EXPORTER_OBJ = $(patsubst src/%.c,$(B)/%.o,$(EXPORTER))
ANALYZER_OBJ = $(patsubst src/%.c,$(B)/%.o,$(ANALYZER))
OBJ          = $(sort $(EXPORTER_OBJ) $(ANALYZER_OBJ))
ANALYZER_LIBS = $(XLSX) $(CJSON) -lexpat -lminizip -lz -lsqlite3 -lzstd -lyaml -lpcre2-8 -lcrypto -lpthread -lm
EXPORTER_LIBS = -larchive -l:libminizip.a -lz -lbz2 -llzma -lpq -lcurl -lhiredis -lsqlite3 -lzstd -lcrypto -lpthread -lm

# Debian's names. What the analyzer needs; what the exporter needs beside it; what the suite needs beside both.
ANALYZER_PACKAGES = gcc make libc6-dev libsqlite3-dev libzstd-dev libssl-dev libyaml-dev libpcre2-dev libminizip-dev libexpat1-dev zlib1g-dev
EXPORTER_PACKAGES = libarchive-dev libminizip-dev zlib1g-dev libbz2-dev liblzma-dev libpq-dev libcurl4-openssl-dev libhiredis-dev
TEST_PACKAGES     = clang zsh fish libcmocka-dev sqlite3 zstd openssl python3 python3-pip python3-yaml python3-jsonschema python3-openpyxl libreoffice-calc chromium poppler-utils libyaml-pp-perl \
                    binutils mandoc postgresql-15 pgbouncer redis-server shellcheck

# In build/, the programs stand beside this file; elsewhere, they stand with their objects.
P = $(if $(filter-out build,$(B)),$(B)/)

all: $(P)exhibit $(P)exhibit-export key-mode

ifneq ($(P),)
exhibit: $(P)exhibit
exhibit-export: $(P)exhibit-export
.PHONY: exhibit exhibit-export
endif

# The fixtures' signing key as keygen leaves it (seal.md S-6): git keeps no such modes.
key-mode:
	@chmod 600 fixtures/test.key

# A library that Debian has no static form of, from its source package (tools/sources.txt), with Debian's minizip. What it would keep in
# files it is given in memory: tmpfileplus and workbook_zip_open are functions of src/report/memory.c.
XLSX = $(B)/lib/libxlsxwriter.a
$(XLSX): tools/sources.txt tools/sources.sh | $(B)/have-analyzer
	@sh tools/sources.sh libxlsxwriter $(B)/lib/xlsxwriter
	@cd $(B)/lib/xlsxwriter && mkdir -p o && for c in src/*.c; do $(CC) -std=gnu11 -O2 -g -w -Iinclude -DUSE_SYSTEM_MINIZIP \
	    -DUSE_NO_MD5 -DzipOpen=workbook_zip_open -c -o o/$$(basename $$c .c).o $$c || exit 1; done
	@rm -f $@ && $(AR) rcs $@ $(B)/lib/xlsxwriter/o/*.o

$(B)/report/xlsx.o $(B)/report/memory.o: | $(XLSX)
# the rules are part of the program
$(B)/cmd/analyze/rules_sql.o: $(wildcard rules/*.sql)

# The same of cJSON, of which only the functions that make and print a tree are used (src/report/document.h).
CJSON = $(B)/lib/libcjson.a
$(CJSON): tools/sources.txt tools/sources.sh | $(B)/have-analyzer
	@sh tools/sources.sh cjson $(B)/lib/cjson
	@$(CC) -std=c11 -O2 -g -w -c -o $(B)/lib/cjson/cJSON.o $(B)/lib/cjson/cJSON.c
	@rm -f $@ && $(AR) rcs $@ $(B)/lib/cjson/cJSON.o

$(B)/report/document.o: | $(CJSON)

$(P)exhibit: $(ANALYZER_OBJ) $(B)/flags $(XLSX) $(CJSON)
	@$(COMPILE) $(LDFLAGS) $(STATIC) -o $@ $(ANALYZER_OBJ) $(ANALYZER_LIBS) 2>$(B)/link.log || \
	    { cat $(B)/link.log; exit 1; }

$(P)exhibit-export: $(EXPORTER_OBJ) $(B)/flags
	@$(COMPILE) $(LDFLAGS) -o $@ $(EXPORTER_OBJ) $(EXPORTER_LIBS)

# Every object depends on the flags it was made with, and on the headers it read.
$(B)/%.o: src/%.c $(B)/flags | $(B)/have-analyzer
	@mkdir -p $(@D)
	@$(COMPILE) $(LIBPQ) -MMD -MP -c -o $@ $<

$(filter-out $(ANALYZER_OBJ),$(EXPORTER_OBJ)): | $(B)/have-exporter

$(B)/flags: always
	@mkdir -p $(B)
	@echo '$(subst ','\'',$(COMPILE) $(LIBPQ) | $(LDFLAGS) | $(STATIC))' >$@.new; \
	if cmp -s $@.new $@; then rm -f $@.new; else mv $@.new $@; fi

-include $(OBJ:.o=.d)

# ---- packages: building says what is missing; demo, the suites and `make packages` install it where they may.
# A machine without dpkg is believed to have everything: the compiler will tell.
MISSING = command -v dpkg-query >/dev/null && for p in $(1); do dpkg-query -W -f '$${Status}' $$p 2>/dev/null | \
          grep -q 'ok installed' || printf ' %s' $$p; done
REFUSE  = missing=$$($(call MISSING,$(1))); [ -z "$$missing" ] || \
          { echo "missing packages; install them with: sudo apt-get install$$missing   (or: make packages)"; exit 1; }
INSTALL = mkdir -p $(B); missing=$$($(call MISSING,$(1))); [ -z "$$missing" ] || { \
          [ "$$(id -u)" = 0 ] || \
          { echo "missing packages; install them with: sudo apt-get install$$missing"; exit 1; }; \
          echo "installing:$$missing"; apt-get update -q >/dev/null && DEBIAN_FRONTEND=noninteractive \
          apt-get install -y -q --no-install-recommends $$missing >$(B)/apt.log 2>&1 || { cat $(B)/apt.log; exit 1; }; }

$(B)/have-analyzer: Makefile
	@mkdir -p $(B)
	@$(call REFUSE,$(ANALYZER_PACKAGES))
	@touch $@

$(B)/have-exporter: Makefile
	@mkdir -p $(B)
	@$(call REFUSE,$(EXPORTER_PACKAGES))
	@touch $@

packages:
	@$(call INSTALL,$(ANALYZER_PACKAGES) $(EXPORTER_PACKAGES) $(TEST_PACKAGES))

packages-demo:
	@$(call INSTALL,$(ANALYZER_PACKAGES) $(EXPORTER_PACKAGES) python3)

# ---- demo and suites
# In two steps each, so that nothing is compiled before its packages are there.
demo: packages-demo
	@$(MAKE) -s --no-print-directory all
	@sh tools/demo.sh

test: packages consumers wasm
	@$(MAKE) -s --no-print-directory all
	@sh tests/run.sh

test-long: packages consumers wasm
	@$(MAKE) -s --no-print-directory all
	@sh tests/run.sh long

asan: packages consumers
	@sh tests/run.sh asan

valgrind: packages consumers
	@$(MAKE) -s --no-print-directory all
	@sh tests/run.sh valgrind

bench: all
	@python3 tools/bench/bench.py

lint: all
	@sh tools/lint.sh

# Both programs by gcc and by clang, quickly, and no warning is let pass.
warnings: warnings-gcc warnings-clang
warnings-gcc warnings-clang: warnings-%:
	@$(MAKE) --no-print-directory B=$(B)/$* CC=$* CFLAGS='-O0 $$(WARN) -Werror' exhibit exhibit-export

# One program per file of tests/unit, with what it needs of the analyzer but its command line.
UNIT = $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/*.c))

$(B)/unit/%: tests/unit/%.c $(B)/unit/analyzer.a
	@$(COMPILE) -o $@ $< $(B)/unit/analyzer.a -lcmocka $(ANALYZER_LIBS)

$(B)/unit/analyzer.a: $(ANALYZER_OBJ)
	@mkdir -p $(@D)
	@rm -f $@ && $(AR) rcs $@ $(filter-out $(B)/cmd/%,$(ANALYZER_OBJ))

unit-programs: $(UNIT)
unit: $(UNIT)
	@for t in $(UNIT); do $$t || exit 1; done

# What reads our outputs in the suite: PyPI's, pinned, fetched once.
consumers: packages
	@sh tools/consumers.sh build/consumers || \
	    echo "what reads our outputs cannot be fetched: the tests of suite_consumers.py will fail"

print-unit:
	@echo $(UNIT)

# ---- for other platforms (tools/libs.sh builds the libraries)
# The analyzer as a module for a browser, and the page that holds it.
WASM    = $(B)/wasm
WASI_CC = clang --target=wasm32-wasi -isystem src/os/wasi -isystem /usr/include/wasm32-wasi \
          -isystem $(CURDIR)/$(WASM)/lib/include -D_WASI_EMULATED_SIGNAL -D_WASI_EMULATED_MMAN \
          -D_WASI_EMULATED_PROCESS_CLOCKS -D_WASI_EMULATED_GETPID
WASI_LD = -O0 -L$(WASM)/lib -lwasi-emulated-signal -lwasi-emulated-mman -lwasi-emulated-process-clocks \
          -lwasi-emulated-getpid -Wl,-z,stack-size=4194304 -Wl,--gc-sections -Wl,--strip-all
WASI_PACKAGES = clang lld llvm wasi-libc libclang-rt-14-dev-wasm32 dpkg-dev patch tcl perl

wasm: packages-wasm
	@CC='$(WASI_CC)' AR=llvm-ar CFLAGS='-O2 -msimd128' sh tools/libs.sh wasi $(WASM)/lib
	@$(MAKE) -s --no-print-directory B=$(WASM) OS=wasi CC='$(WASI_CC)' AR=llvm-ar HARDEN= FORTIFY= STATIC= \
	    CFLAGS='-O2 -msimd128 -w' LDFLAGS='$(WASI_LD)' $(WASM)/exhibit
	@python3 tools/page/page.py $(WASM)/exhibit $(B)/exhibit.html

packages-wasm: packages-demo
	@$(call INSTALL,$(WASI_PACKAGES))

# ---- handing out
# Pages and completions are made from what the programs say of themselves, and committed.
man: all
	@python3 tools/pages.py --set --bin $(if $(P),$(B),.)

INSTALL_DIRS = $(BINDIR) $(MANDIR)/man1 $(MANDIR)/man5 $(RULESDIR) $(BASHDIR) $(ZSHDIR) $(FISHDIR)
install: all
	@mkdir -p $(patsubst %,'$(DESTDIR)%',$(INSTALL_DIRS))
	@install -m 755 $(P)exhibit $(P)exhibit-export '$(DESTDIR)$(BINDIR)'
	@install -m 644 man/exhibit.1 man/exhibit-export.1 '$(DESTDIR)$(MANDIR)/man1'
	@install -m 644 man/exhibit.5 '$(DESTDIR)$(MANDIR)/man5'
	@install -m 644 rules/* '$(DESTDIR)$(RULESDIR)'
	@for p in exhibit exhibit-export; do \
	    install -m 644 completions/$$p.bash '$(DESTDIR)$(BASHDIR)'/$$p && \
	    install -m 644 completions/_$$p '$(DESTDIR)$(ZSHDIR)' && \
	    install -m 644 completions/$$p.fish '$(DESTDIR)$(FISHDIR)' || exit 1; \
	done

uninstall:
	@for p in exhibit exhibit-export; do \
	    rm -f '$(DESTDIR)$(BINDIR)'/$$p '$(DESTDIR)$(MANDIR)/man1'/$$p.1 '$(DESTDIR)$(BASHDIR)'/$$p \
	        '$(DESTDIR)$(ZSHDIR)'/_$$p '$(DESTDIR)$(FISHDIR)'/$$p.fish; \
	done
	@rm -f '$(DESTDIR)$(MANDIR)/man5/exhibit.5'
	@rm -rf '$(DESTDIR)$(RULESDIR)'

dist: all wasm
	@sh tools/dist/dist.sh

help:
	@sed -n '2,/^$$/s/^# \{0,1\}//p' Makefile

# Of a folder that B names only what was made there goes.
clean:
	rm -f $(OBJ) $(OBJ:.o=.d) $(P)exhibit $(P)exhibit-export $(B)/flags $(B)/have-* $(B)/link.log
	rm -rf build build-asan

# ---- for the suites
print-analyzer:
	@echo $(ANALYZER_OBJ)
print-analyzer-libs:
	@echo $(ANALYZER_LIBS)
print-exporter:
	@echo $(EXPORTER_OBJ)
print-sources-analyzer:
	@echo $(ANALYZER)
print-sources-exporter:
	@echo $(EXPORTER)

.PHONY: wasm packages-wasm consumers warnings warnings-gcc warnings-clang all always unit-programs print-unit key-mode packages packages-demo demo test test-long asan valgrind bench lint unit man install \
        uninstall dist help clean print-analyzer print-analyzer-libs print-exporter print-sources-analyzer print-sources-exporter
