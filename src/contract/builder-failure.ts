/** Begins the line that user data writes to the console of a builder instance when the build has failed. The reason follows on the same line. */
export const BUILDER_FAILURE = 'cdk-encrypted-ami: builder failed: ';
