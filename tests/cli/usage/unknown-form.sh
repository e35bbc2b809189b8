# A form that the verb has not, and those it has.
exhibit list a.exhibit -o nonsense
