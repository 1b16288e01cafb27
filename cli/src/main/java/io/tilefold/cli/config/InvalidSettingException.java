package io.tilefold.cli.config;

/** A setting with a value that cannot be; the message names both and the remedy, and once known, the file and line. */
public final class InvalidSettingException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String field;

    InvalidSettingException(String field, String message) {
        super(message);
        this.field = field;
    }

    String field() {
        return field;
    }

    /** The same complaint with the place it is about in front. */
    InvalidSettingException at(String place) {
        return new InvalidSettingException(field, place + getMessage());
    }

    static void requireInRange(String field, long value, long min, long max) {
        if (value < min || value > max) {
            throw new InvalidSettingException(field, field + ": " + value + " is not from " + min + " to " + max);
        }
    }

    static void requirePort(String field, int port) {
        requireInRange(field, port, 0, 65_535);
    }

    static void requireText(String field, String value) {
        if (value.isBlank()) {
            throw new InvalidSettingException(field, field + ": must not be empty");
        }
    }
}
