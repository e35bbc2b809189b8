# The same for a spreadsheet.
seal a "$FIXTURES/lifecycles.sql"
exhibit list a.exhibit --vkey "$VKEY" -o csv
