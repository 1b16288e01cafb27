package io.tilefold.serving.external;

/**
 * Opens external sources whose address begins with its scheme. Implementations are found by {@link java.util.ServiceLoader}; {@code grpc} and
 * {@code grpcs} are built in.
 */
public interface ExternalSourceProvider {
    /** What stands before {@code ://} in the addresses it opens. */
    String scheme();

    /**
     * Opens a source; connects when it is first asked.
     *
     * @param name as joins call it
     * @param address what stands behind {@code ://}
     * @throws IllegalArgumentException saying what is wrong with the address
     */
    ExternalSource open(String name, String address);
}
