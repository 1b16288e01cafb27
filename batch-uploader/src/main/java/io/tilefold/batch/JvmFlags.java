package io.tilefold.batch;

/** The flag that Agrona's buffers need in every JVM of a job: driver and executors. */
public final class JvmFlags {
    public static final String ADD_OPENS = "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED";

    private JvmFlags() {}

    /** @throws JobException saying which setting gives the flag to the driver and the executors */
    public static void check() {
        Module base = Object.class.getModule();
        if (!base.isOpen("jdk.internal.misc", JvmFlags.class.getModule())) {
            throw new JobException(
                    "this JVM runs without " + ADD_OPENS + ": submit with --conf spark.driver.extraJavaOptions="
                            + ADD_OPENS + " --conf spark.executor.extraJavaOptions=" + ADD_OPENS);
        }
    }
}
