package io.tilefold.ingest.log;

import io.tilefold.core.definition.DefinitionId;
import java.util.HexFormat;

/** Definition ids as the 32 unsigned bytes that messages hold. */
public final class DefinitionIdBytes {
    private static final int LENGTH = 32;

    private DefinitionIdBytes() {}

    /** An encoder's method. */
    @FunctionalInterface
    public interface Target {
        Object put(int index, short value);
    }

    /** A decoder's method. */
    @FunctionalInterface
    public interface Origin {
        short get(int index);
    }

    public static void put(DefinitionId id, Target target) {
        byte[] bytes = HexFormat.of().parseHex(id.hex());
        for (int i = 0; i < LENGTH; i++) {
            Object unused = target.put(i, (short) (bytes[i] & 0xFF));
        }
    }

    public static DefinitionId get(Origin origin) {
        byte[] bytes = new byte[LENGTH];
        for (int i = 0; i < LENGTH; i++) {
            bytes[i] = (byte) origin.get(i);
        }
        return new DefinitionId(HexFormat.of().formatHex(bytes));
    }
}
