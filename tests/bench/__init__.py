"""The benchmarks: this site and a bare relay, on loopback, in one run. docs/speed.md tells how to read them.

answers      the text that the upstream plays, with a mark in every few words, and how to find it in frames
upstream     a process that speaks the Messages API and notes when it sent each delta
relay        a process that only passes       many people ask at once; what each of them saw
figures      what was seen, into figures; pure
measure      what is measured of crowds and of growing answers, in which order, and how often
idle         a thousand windows without news
storm        a thousand windows come back at once
capacity     the most streams that one process carries in time
scale        these three on a server that did nothing before
soak         half of that for long, while a worker is killed again and again
guests       the people of a soak
shape        the processes of a soak
books        what the site has in its books after a soak
balance      these against the upstream's own count; pure
stage        upstream, relay and site, ready to be measured
floors       what must hold
report       figures into tables
seed         people and conversations for the site, before it starts
"""
