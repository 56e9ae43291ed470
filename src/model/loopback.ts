/** Whether only programs on the same machine reach an address. */
export const isLoopback = (address: string) => address === 'localhost' || address === '::1' || address.startsWith('127.')
