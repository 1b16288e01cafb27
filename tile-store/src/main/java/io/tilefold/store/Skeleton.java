package io.tilefold.store;

/** Stands where the implementation follows on this branch. */
@SuppressWarnings({"DoNotCallSuggester", "TypeParameterUnusedInFormals"}) // gone with the class
final class Skeleton {
    private Skeleton() {}

    static <T> T pending() {
        throw new UnsupportedOperationException("the tile store's implementation follows on this branch");
    }
}
