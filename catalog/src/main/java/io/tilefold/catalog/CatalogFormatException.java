package io.tilefold.catalog;

/** Bytes that are no catalog of this version, or messages that break its rules; says which definition and what. */
public final class CatalogFormatException extends RuntimeException {
    public CatalogFormatException(String message) {
        super(message);
    }

    public CatalogFormatException(String message, Throwable cause) {
        super(message, cause);
    }
}
