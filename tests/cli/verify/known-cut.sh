# An input that is cut, which its exporter saw.
head -n 3500 "$FIXTURES/lifecycles.sql" | head -c -40 >cut.sql
seal a cut.sql
exhibit verify a.exhibit --vkey "$VKEY"
