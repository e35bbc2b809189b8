# Standard input can be read once.
exhibit verify - --vkey -
