package io.tilefold.core.algebra;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.testsupport.Seeds;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Bytes that are not what a sketch wrote are a {@link CorruptStateException}, before the library sees them. */
class CorruptSketchTest {
    record Subject(Operation operation, Scalar type, OperationArgs args) {
        @Override
        public String toString() {
            return operation.name() + "(" + type + ")";
        }

        OneInput input() {
            return new OneInput(operation, type, args, false);
        }

        Object value(SplittableRandom random, int distinct) {
            int input = random.nextInt(distinct);
            return switch (type) {
                case STRING -> "input " + input;
                case DOUBLE -> (double) input;
                default -> (long) input;
            };
        }
    }

    static Stream<Subject> subjects() {
        OperationArgs percentiles = new OperationArgs(OptionalInt.empty(), List.of(0.5), OptionalInt.empty());
        return Stream.of(
                new Subject(new ApproxUniqueCount(), Scalar.STRING, OperationArgs.NONE),
                new Subject(new ApproxPercentile(), Scalar.DOUBLE, percentiles),
                new Subject(new ApproxHistogram(), Scalar.STRING, OperationArgs.NONE),
                new Subject(new ApproxHistogram(), Scalar.LONG, OperationArgs.NONE));
    }

    @ParameterizedTest
    @MethodSource("subjects")
    void isAClearError(Subject subject) {
        OneInput input = subject.input();
        Seeds.forEach(10, random -> {
            List<Object> inputs = new ArrayList<>();
            int distinct = 1 + random.nextInt(3_000);
            for (int i = random.nextInt(2_000); i >= 0; i--) {
                inputs.add(subject.value(random, distinct));
            }
            TileBuffer whole = input.tile(inputs);
            byte[] good = input.bytes(whole);
            int blob = whole.layout().fixedEnd();
            int length = whole.blobLength(whole.layout().blobReferences()[0]);
            for (int i = 0; i < 50; i++) {
                byte[] bad = good.clone();
                for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
                    int at = blob + random.nextInt(length);
                    bad[at] = (byte) random.nextInt();
                }
                if (!Arrays.equals(bad, good)) {
                    assertThatThrownBy(() -> input.value(input.empty().load(new UnsafeBuffer(bad), 0)))
                            .isInstanceOf(CorruptStateException.class);
                    assertThatThrownBy(() -> input.tile(inputs).merge(new UnsafeBuffer(bad), 0))
                            .isInstanceOf(CorruptStateException.class);
                }
            }
        });
    }

    @ParameterizedTest
    @MethodSource("subjects")
    void aBlobOfZerosNamesItsPlace(Subject subject) {
        OneInput input = subject.input();
        TileBuffer tile = input.tile(subject.value(new SplittableRandom(1), 5));
        byte[] bytes = input.bytes(tile);
        Arrays.fill(bytes, tile.layout().fixedEnd(), bytes.length, (byte) 0);
        assertThatThrownBy(() -> input.value(input.empty().load(new UnsafeBuffer(bytes), 0)))
                .isInstanceOf(CorruptStateException.class)
                .hasMessageContaining("offset " + tile.layout().fixedEnd() + ": no sketch");
    }
}
