package io.tilefold.serving;

import io.tilefold.catalog.TypeCodec;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * A join or GroupBy as it is answered: compiled once per catalog. Immutable, shared by threads.
 *
 * @param keys the key columns a request carries
 * @param outputs as protobuf; part by part
 * @param schemaId SHA-256 of the outputs' protobuf bytes, hex
 */
record TargetPlan(
        String name,
        Schema keys,
        List<PartPlan> parts,
        io.tilefold.proto.types.v1.Schema keysProto,
        io.tilefold.proto.types.v1.Schema outputs,
        String schemaId) {

    static TargetPlan of(String name, Schema keys, List<PartPlan> parts) {
        List<Field> fields =
                parts.stream().flatMap(part -> part.outputs().stream()).toList();
        io.tilefold.proto.types.v1.Schema outputs = TypeCodec.toProto(new Schema(fields));
        return new TargetPlan(
                name, keys, List.copyOf(parts), TypeCodec.toProto(keys), outputs, sha256(outputs.toByteArray()));
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError("every Java platform has SHA-256", impossible);
        }
    }
}
