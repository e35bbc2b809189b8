# An option with an empty value.
exhibit list a.exhibit --vkey ''
