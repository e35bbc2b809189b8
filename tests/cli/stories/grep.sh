# A text, and where it stands.
seal a "$FIXTURES/lifecycles.sql"
exhibit grep pricing a.exhibit --vkey "$VKEY" --limit 5
