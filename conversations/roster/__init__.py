"""The models of this site as rows: what the API lists, what the owner offers, what each costs from when on."""
