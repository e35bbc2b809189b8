# The report has a file of its own.
seal a "$FIXTURES/lifecycles.sql"
exhibit report a.exhibit --vkey "$VKEY" --out a.html | sed "s/[0-9]* bytes/BYTES/"
grep -c "</h2>" a.html
