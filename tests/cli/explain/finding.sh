# What a finding means.
exhibit explain S01
