# A bad sector in one of the blocks.
seal a "$FIXTURES/lifecycles.sql"
python3 "$CASES/spoil.py" a.exhibit 1
exhibit verify a.exhibit --vkey "$VKEY"
