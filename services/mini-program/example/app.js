// Which box this mini-program controls is kept on the phone; the settings page changes it.
const unset = { host: '', box: '', username: '', password: '' }

App({
  globalData: { connection: unset },

  onLaunch() {
    this.globalData.connection = { ...unset, ...wx.getStorageSync('connection') }
  },

  setConnection(connection) {
    this.globalData.connection = connection
    wx.setStorageSync('connection', connection)
  },
})
