package io.tilefold.store;

/** Eight ASCII characters at the head of a file, as a little-endian long. */
final class Magic {
    private Magic() {}

    static long of(String text) {
        long value = 0;
        for (int i = Long.BYTES - 1; i >= 0; i--) {
            value = (value << Byte.SIZE) | text.charAt(i);
        }
        return value;
    }

    static String text(long magic) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < Long.BYTES; i++) {
            char character = (char) ((magic >>> (i * Byte.SIZE)) & 0xFF);
            text.append(character >= ' ' && character <= '~' ? character : '.');
        }
        return text.toString();
    }
}
