# An option that is for following only.
exhibit_export archive x --out a --poll 10s
