/** The encoding of a database that the optimizer uses: names and reasons have any characters. */
export const requiredEncoding = 'UTF8'
/** The remedy for a database with another encoding, which cannot be changed. */
export const encodingRemedy = "use a database that was created with encoding 'UTF8' template template0"
