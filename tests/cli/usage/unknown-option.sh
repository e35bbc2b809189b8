# An option that is nearly one.
exhibit verify a.exhibit --vkye x
