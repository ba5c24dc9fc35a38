"""Proofs of the three small machines that carry the design, by walking through them at random.

    test_turns.py     a turn: claimed, lost, taken over, stopped and ended in every order that anybody can think of
    test_watching.py  windows on a wire that loses, repeats and shuffles: in the end they show what a fresh page shows
    test_chaos.py     the whole site in its second shape, while its parts are killed, frozen and cut

Each walk compares the site with a plain description of what should be, which is also the shortest way to learn it.
`depth.py` says how far they go.
"""
