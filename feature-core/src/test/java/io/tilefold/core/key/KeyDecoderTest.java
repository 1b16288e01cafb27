package io.tilefold.core.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.core.value.ObjectSink;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.testsupport.Seeds;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class KeyDecoderTest {
    private final KeyEncoder encoder = new KeyEncoder();
    private ObjectSink decoded = new ObjectSink();
    private final List<Object> expected = new ArrayList<>();
    private final List<Scalar> types = new ArrayList<>();

    @Test
    void everyColumnComesBack() {
        Seeds.forEach(3, this::everyColumnComesBack);
    }

    private void everyColumnComesBack(SplittableRandom random) {
        decoded = new ObjectSink();
        expected.clear();
        for (int key = 0; key < 200; key++) {
            int columns = random.nextInt(1, 6);
            encoder.reset();
            types.clear();
            for (int i = 0; i < columns; i++) {
                put(random);
            }
            UnsafeBuffer bytes = new UnsafeBuffer(encoder.toBytes());
            int at = 0;
            for (Scalar type : types) {
                KeyDecoder.decode(bytes, at, decoded.next(type));
                at += KeyDecoder.columnLength(bytes, at);
            }
            assertThat(at).isEqualTo(encoder.length());
        }
        assertThat(decoded.values()).hasSize(expected.size());
        for (int i = 0; i < expected.size(); i++) {
            assertThat(decoded.values().get(i)).isEqualTo(expected.get(i));
        }
    }

    private void put(SplittableRandom random) {
        switch (random.nextInt(5)) {
            case 0 -> {
                boolean value = random.nextBoolean();
                encoder.putBoolean(value);
                expect(Scalar.BOOLEAN, value);
            }
            case 1 -> {
                long value = random.nextLong();
                encoder.putLong(value);
                expect(Scalar.LONG, value);
            }
            case 2 -> {
                double value = random.nextDouble() - 0.5;
                encoder.putDouble(value);
                expect(Scalar.DOUBLE, value);
            }
            case 3 -> {
                String value = "å".repeat(random.nextInt(4)) + random.nextInt();
                encoder.putString(value);
                expect(Scalar.STRING, value);
            }
            default -> {
                byte[] value = new byte[random.nextInt(20)];
                random.nextBytes(value);
                encoder.putBinary(value);
                expect(Scalar.BINARY, value);
            }
        }
    }

    private void expect(Scalar type, Object value) {
        types.add(type);
        expected.add(value);
    }

    @Test
    void whatIsNoColumnIsRefused() {
        UnsafeBuffer bytes = new UnsafeBuffer(new byte[] {6, 0, 0, 0, 0, 0, 0, 0, 0});
        assertThatThrownBy(() -> KeyDecoder.columnLength(bytes, 0)).hasMessageContaining("begins with 6");
        assertThatThrownBy(() -> KeyDecoder.decode(bytes, 1, decoded)).hasMessageContaining("begins with 0");
    }
}
