"""The benchmarks: this site and a bare relay, on loopback, in one run. docs/speed.md tells how to read them.

answers      the text that the upstream plays, with a mark in every few words, and how to find it in frames
upstream     a process that speaks the Messages API and notes when it sent each delta
relay        a process that only passes text on: what the stack costs by itself
processes    starting servers on their core; their CPU time and memory
sockets      a WebSocket client that costs next to nothing
doors        the two ways in: the relay's socket, the site's POST and socket
passes       many people ask at once; what each of them saw
figures      what was seen, into figures; pure
measure      what is measured of a server, in which order, and how often
floors       what must hold
report       figures into tables
seed         people and conversations for the site, before it starts
"""
