package io.tilefold.serving;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Damages a message as networks, bugs and attackers do. */
final class Damage {
    private Damage() {}

    static byte[] of(SplittableRandom random, byte[] message) {
        return switch (random.nextInt(5)) {
            case 0 -> Arrays.copyOf(message, random.nextInt(message.length));
            case 1 -> flipped(random, message, 1 + random.nextInt(4));
            case 2 -> doubled(random, message);
            case 3 -> without(random, message);
            default -> {
                byte[] noise = new byte[random.nextInt(64)];
                random.nextBytes(noise);
                yield noise;
            }
        };
    }

    private static byte[] flipped(SplittableRandom random, byte[] message, int count) {
        byte[] damaged = message.clone();
        for (int i = 0; i < count; i++) {
            damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
        }
        return damaged;
    }

    /** A piece of it comes twice. */
    private static byte[] doubled(SplittableRandom random, byte[] message) {
        int from = random.nextInt(message.length);
        byte[] damaged = Arrays.copyOf(message, 2 * message.length - from);
        System.arraycopy(message, from, damaged, message.length, message.length - from);
        return damaged;
    }

    /** A piece of it is missing. */
    private static byte[] without(SplittableRandom random, byte[] message) {
        int from = random.nextInt(message.length);
        int to = random.nextInt(from, message.length);
        byte[] damaged = Arrays.copyOf(message, message.length - (to - from));
        System.arraycopy(message, to, damaged, from, message.length - to);
        return damaged;
    }
}
