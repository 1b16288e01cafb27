package io.tilefold.store;

/** Nothing is published in a store yet (or no more, after the host restarted): wait for its ingest node. */
public final class StoreUnavailableException extends StoreException {
    public StoreUnavailableException(String message) {
        super(Code.UNAVAILABLE, message);
    }
}
