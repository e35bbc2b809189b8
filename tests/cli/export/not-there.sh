# An input that is not there.
exhibit_export archive nowhere.csv --out a.exhibit --origin demo.example/cluster --key "$KEY"
