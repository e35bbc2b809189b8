# What a rule means.
exhibit explain AP-01
